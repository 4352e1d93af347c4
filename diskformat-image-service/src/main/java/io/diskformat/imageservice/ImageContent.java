package io.diskformat.imageservice;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.SeekableByteChannel;

/**
 * The open data of an image; it can be read to its end even if the image is deleted meanwhile.
 *
 * @param image whose data it is
 * @param data what is known of it
 * @param channel its bytes
 */
public record ImageContent(ImageRecord image, StoredData data, SeekableByteChannel channel)
    implements Closeable {
  @Override
  public void close() throws IOException {
    channel.close();
  }
}
