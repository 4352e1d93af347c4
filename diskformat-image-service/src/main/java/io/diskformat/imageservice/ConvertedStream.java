package io.diskformat.imageservice;

import io.diskformat.CreateOptions;
import io.diskformat.DiskFormatException;
import io.diskformat.DiskImages;
import io.diskformat.ImageInput;
import io.diskformat.OpenOptions;
import io.diskformat.imageservice.ImageServiceException.Problem;
import io.diskformat.transfer.Conversion;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.jspecify.annotations.Nullable;

/**
 * Data in another form than that in which it comes: decompressed, or converted while it comes, by a
 * thread beside and without a file. What comes is inspected as other data is.
 */
final class ConvertedStream extends InputStream {
  private static final int BUFFER = 64 << 10;
  private static final int WORKERS = 2;

  /** What can be written from the first byte to the last without knowing what is to come. */
  private static final Map<String, CreateOptions> TARGETS =
      Map.of(
          "raw", CreateOptions.format("raw"),
          "vmdk", CreateOptions.format("vmdk").option("subformat", "streamOptimized"));

  private final BytePipe pipe = new BytePipe();
  private final Thread thread;

  private ConvertedStream(InputStream source, String from, CreateOptions to, ServiceLimits limits) {
    thread =
        Thread.ofPlatform()
            .daemon()
            .name("conversion to " + to.format())
            .unstarted(() -> pipe.end(convert(source, from, to, limits)));
  }

  /**
   * Returns what data is in another form.
   *
   * @param to the format of the image that it is for
   */
  static InputStream of(
      InputStream data, UploadForm form, @Nullable String to, ServiceLimits limits)
      throws IOException {
    CreateOptions target = target(form, to);
    InputStream plain = form.isCompressed() ? decompressed(data) : data;
    String from = form.format();
    if (target == null || from == null) {
      return plain;
    }
    ConvertedStream converted = new ConvertedStream(plain, from, target, limits);
    converted.thread.start();
    return converted;
  }

  /**
   * Returns what data is converted to, or null if it is not converted.
   *
   * @param to the format of the image that it is for
   * @throws ImageServiceException if it cannot be converted to that
   */
  static @Nullable CreateOptions target(UploadForm form, @Nullable String to)
      throws ImageServiceException {
    if (form.format() == null) {
      return null;
    }
    CreateOptions target = to == null ? null : TARGETS.get(to);
    if (target == null) {
      throw ImageServiceException.invalid(
          "Data that comes is converted to raw or vmdk, and the image's format is " + to);
    }
    if (!DiskImages.formats().contains(form.format())) {
      throw ImageServiceException.invalid(
          "There is no format '" + form.format() + "' to convert from");
    }
    return target;
  }

  private static InputStream decompressed(InputStream data) throws IOException {
    try {
      return new GZIPInputStream(data, BUFFER) {
        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
          int count;
          try {
            count = super.read(bytes, offset, length);
          } catch (ZipException | EOFException e) {
            throw refusal(e);
          }
          if (count < 0) {
            // It need not have seen the end of the data, which may be where that is refused.
            long _ = data.transferTo(OutputStream.nullOutputStream());
          }
          return count;
        }

        // The data is its owner's.
        @Override
        public void close() {
          inf.end();
        }
      };
    } catch (ZipException | EOFException e) {
      throw refusal(e);
    }
  }

  private static ImageServiceException refusal(IOException e) {
    return new ImageServiceException(Problem.UNSUPPORTED, String.valueOf(e.getMessage()));
  }

  /** Returns why it failed, or null. */
  private @Nullable IOException convert(
      InputStream source, String from, CreateOptions to, ServiceLimits limits) {
    Inspected inspected = new Inspected(source, new FormatInspection(from, limits));
    try (ImageInput input =
        DiskImages.input(inspected, "the data", OpenOptions.readOnly().format(from))) {
      Conversion.from(input).to(pipe, to).workers(WORKERS).largestDisk(limits.largestDisk()).run();
      inspected.readToEnd();
      return null;
    } catch (DiskFormatException e) {
      return inspected.refusal == null ? refusal(e) : inspected.refusal;
    } catch (IOException e) {
      return inspected.refusal == null ? e : inspected.refusal;
    } catch (RuntimeException | Error e) {
      // Whoever reads would wait for ever if this thread ended without a word.
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
    return length == 0 ? 0 : pipe.read(bytes, offset, length);
  }

  /** Ends the conversion; the data that comes is read by nobody then. */
  @Override
  public void close() {
    pipe.close();
    thread.interrupt();
    BytePipe.awaitEnd(thread);
  }

  /** Data that is inspected as it is read. */
  private static final class Inspected implements ReadableByteChannel {
    private final InputStream source;
    private final FormatInspection inspection;
    private final byte[] buffer = new byte[BUFFER];
    private boolean ended;
    private @Nullable ImageServiceException refusal;

    Inspected(InputStream source, FormatInspection inspection) {
      this.source = source;
      this.inspection = inspection;
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
      if (ended) {
        return -1;
      }
      int count = source.read(buffer, 0, Math.min(buffer.length, target.remaining()));
      try {
        if (count < 0) {
          ended = true;
          long _ = inspection.finish();
        } else {
          inspection.accept(ByteBuffer.wrap(buffer, 0, count).asReadOnlyBuffer());
          target.put(buffer, 0, count);
        }
      } catch (ImageServiceException e) {
        refusal = e;
        throw e;
      }
      return count;
    }

    void readToEnd() throws IOException {
      ByteBuffer rest = ByteBuffer.allocate(BUFFER);
      while (read(rest.clear()) >= 0) {
        // Nobody needs it.
      }
    }

    @Override
    public boolean isOpen() {
      return true;
    }

    @Override
    public void close() {}
  }
}
