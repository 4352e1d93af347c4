package io.diskformat.imageservice;

import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.storage.CachedStorage;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.SeekableByteChannel;

/**
 * The open data of an image; it can be read in order to its end even if the image is deleted
 * meanwhile.
 *
 * @param image whose data it is
 * @param data what is known of it
 * @param channel its bytes
 */
public record ImageContent(ImageRecord image, StoredData data, SeekableByteChannel channel)
    implements Closeable {
  /**
   * Opens the disk in it, to be read; to close it closes this.
   *
   * @throws io.diskformat.DiskFormatException if it is not of its format, or needs other files
   */
  public DiskImage disk() throws IOException {
    String format = image.attributes().diskFormat();
    OpenOptions options = OpenOptions.readOnly();
    return DiskImages.open(
        new CachedStorage(new ChannelStorage("image " + image.id(), channel)),
        format == null ? options : options.format(format));
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
