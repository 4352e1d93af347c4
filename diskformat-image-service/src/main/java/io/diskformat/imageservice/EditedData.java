package io.diskformat.imageservice;

import io.diskformat.CreateOptions;
import io.diskformat.DiskFormatException;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.imageservice.ImageServiceException.Problem;
import io.diskformat.transfer.Conversion;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileSystemException;
import org.jspecify.annotations.Nullable;

/**
 * The data of an image in which something was changed: the changes are over it, in memory, and all
 * is written out by a thread beside, while it is read here.
 */
final class EditedData extends InputStream {
  private static final int WORKERS = 2;

  /** How much of a disk may be changed, in bytes: it is in memory. */
  private static final long MOST_CHANGED = 128 << 20;

  private final BytePipe pipe = new BytePipe();
  private final DiskImage base;
  private final DiskImage disk;
  private final Thread thread;

  /** What changes a disk. */
  @FunctionalInterface
  interface Change {
    void of(DiskImage disk) throws IOException;
  }

  private EditedData(DiskImage base, DiskImage disk, CreateOptions options) {
    this.base = base;
    this.disk = disk;
    this.thread =
        Thread.ofPlatform()
            .daemon()
            .name("edited " + options.format())
            .unstarted(() -> pipe.end(write(options)));
  }

  /**
   * Makes the change.
   *
   * @param content is closed with what is returned, and if this fails
   * @param options of the image that comes of it
   */
  static ImportSource.Data open(ImageContent content, CreateOptions options, Change change)
      throws IOException {
    DiskImage base = null;
    DiskImage disk = null;
    boolean opened = false;
    try {
      base = content.disk();
      disk = over(base);
      change.of(disk);
      EditedData data = new EditedData(base, disk, options);
      data.thread.start();
      opened = true;
      return new ImportSource.Data(data, -1);
    } catch (DiskFormatException e) {
      throw new ImageServiceException(Problem.UNSUPPORTED, String.valueOf(e.getMessage()));
    } catch (FileSystemException e) {
      throw ImageServiceException.invalid(
          "The change cannot be made: " + e.getClass().getSimpleName() + ": " + e.getMessage());
    } finally {
      if (!opened) {
        close(disk);
        close(base);
        content.close();
      }
    }
  }

  private static void close(@Nullable DiskImage image) throws IOException {
    if (image != null) {
      image.close();
    }
  }

  private static DiskImage over(DiskImage base) throws IOException {
    BoundedMemory changes = new BoundedMemory("the changes", MOST_CHANGED);
    DiskImages.create(
        changes,
        CreateOptions.format("qcow2")
            .size(base.size())
            .option("backing_file", "image")
            .option("backing_fmt", "raw"));
    return DiskImages.open(changes, OpenOptions.writable().format("qcow2").backing(base));
  }

  private @Nullable IOException write(CreateOptions options) {
    try {
      Conversion.from(disk).to(pipe, options).workers(WORKERS).run();
      return null;
    } catch (IOException e) {
      return e;
    } catch (RuntimeException | Error e) {
      return new IOException(e);
    }
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    return pipe.read(bytes, offset, length);
  }

  @Override
  public void close() throws IOException {
    pipe.close();
    BytePipe.awaitEnd(thread);
    disk.close();
    base.close();
  }
}
