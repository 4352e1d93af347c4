package io.diskformat.imageservice;

import io.diskformat.CreateOptions;
import io.diskformat.DiskFormatException;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.imageservice.ImageServiceException.Problem;
import io.diskformat.storage.CachedStorage;
import io.diskformat.transfer.Conversion;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.WritableByteChannel;
import java.util.Map;
import java.util.OptionalLong;

/**
 * The disk of an image in another format, which is generated while it is sent: from what is stored,
 * in one pass, and without a file. Nothing of it is kept, and the data of the image stays what it
 * is.
 */
public final class DerivedImage implements Closeable {
  /** Other work goes on beside. */
  private static final int WORKERS = 2;

  /** A VMDK is made as ESXi imports it. */
  private static final Map<String, CreateOptions> FORMATS =
      Map.of(
          "raw", CreateOptions.format("raw"),
          "qcow2", CreateOptions.format("qcow2"),
          "vdi", CreateOptions.format("vdi"),
          "vmdk", CreateOptions.format("vmdk").option("subformat", "streamOptimized"));

  private final String format;
  private final DiskImage disk;
  private final CreateOptions options;

  private DerivedImage(String format, DiskImage disk, CreateOptions options) {
    this.format = format;
    this.disk = disk;
    this.options = options;
  }

  /**
   * Opens it.
   *
   * @param content is closed with this, and if this fails
   */
  static DerivedImage of(ImageContent content, String format) throws IOException {
    CreateOptions options = FORMATS.get(format);
    String from = content.image().attributes().diskFormat();
    boolean opened = false;
    try {
      if (options == null) {
        throw ImageServiceException.invalid(
            "An image can be had as raw, qcow2, vdi or vmdk, not as '" + format + "'");
      }
      if (from == null || !DiskImages.formats().contains(from)) {
        throw new ImageServiceException(
            Problem.UNSUPPORTED, "An image of format " + from + " cannot be had in another one");
      }
      DiskImage disk =
          DiskImages.open(
              new CachedStorage(
                  new ChannelStorage("image " + content.image().id(), content.channel())),
              OpenOptions.readOnly().format(from));
      opened = true;
      return new DerivedImage(format, disk, options);
    } catch (DiskFormatException e) {
      throw new ImageServiceException(Problem.UNSUPPORTED, String.valueOf(e.getMessage()));
    } finally {
      if (!opened) {
        content.close();
      }
    }
  }

  /** Returns how an image of each format is made in one pass. */
  static Map<String, CreateOptions> forms() {
    return FORMATS;
  }

  /** Returns how many bytes there will be, if that is known before. */
  public OptionalLong size() {
    return format.equals("raw") ? OptionalLong.of(disk.size()) : OptionalLong.empty();
  }

  /**
   * Writes the image, from its first byte to its last.
   *
   * @param target stays open
   * @throws IOException if the store or the target fails, or what is stored is damaged; what was
   *     written is incomplete then
   */
  public void writeTo(WritableByteChannel target) throws IOException {
    Conversion.from(disk).to(target, options).workers(WORKERS).run();
  }

  @Override
  public void close() throws IOException {
    disk.close();
  }
}
