package io.diskformat.iso.build;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The content of a file of a new disc. It is read when the disc is written, and not before.
 *
 * <p>An image is written from its beginning to its end, and its directories, which record how long
 * each file is, come before any content. So content whose size is not known ({@link #UNKNOWN}) is
 * first copied to a temporary file, which is deleted when the image is written.
 *
 * <p>Content whose size is known is read once while the image is written; twice if the image's MD5
 * sum is implanted, and a boot image with a boot information table once more. It has to be the same
 * bytes each time.
 */
public interface DiscContent {
  /** In place of a size: it is known only when all was read. */
  long UNKNOWN = -1;

  /** Opens content. */
  @FunctionalInterface
  interface Source {
    /**
     * Returns the content from its beginning. The caller closes it.
     *
     * @throws IOException if it cannot be opened
     */
    InputStream open() throws IOException;
  }

  /**
   * Returns the size in bytes, or {@link #UNKNOWN}.
   *
   * @throws IOException if it cannot be found out
   */
  long size() throws IOException;

  /**
   * Returns the content from its beginning. The caller closes it.
   *
   * @throws IOException if it cannot be opened
   */
  ReadableByteChannel open() throws IOException;

  /** Returns content that is in memory. The array is not copied. */
  static DiscContent of(byte[] bytes) {
    return of(bytes.length, () -> new ByteArrayInputStream(bytes));
  }

  /** Returns the content of a file, which stays as long as it is until the image is written. */
  static DiscContent of(Path file) {
    return new DiscContent() {
      @Override
      public long size() throws IOException {
        return Files.size(file);
      }

      @Override
      public ReadableByteChannel open() throws IOException {
        return FileChannel.open(file, StandardOpenOption.READ);
      }

      @Override
      public String toString() {
        return file.toString();
      }
    };
  }

  /**
   * Returns content of a known size.
   *
   * @param size in bytes; writing the image fails if there are fewer bytes or more
   * @param source opens it, as often as it is read
   * @throws IllegalArgumentException if the size is negative
   */
  static DiscContent of(long size, Source source) {
    if (size < 0) {
      throw new IllegalArgumentException("a size of " + size + " bytes");
    }
    return new DiscContent() {
      @Override
      public long size() {
        return size;
      }

      @Override
      public ReadableByteChannel open() throws IOException {
        return Channels.newChannel(source.open());
      }
    };
  }

  /**
   * Returns the content of a stream, which ends where the stream does. It can be written once; the
   * stream is closed then.
   */
  static DiscContent of(InputStream stream) {
    return new DiscContent() {
      @Override
      public long size() {
        return UNKNOWN;
      }

      @Override
      public ReadableByteChannel open() {
        return Channels.newChannel(stream);
      }
    };
  }
}
