package io.diskformat.imageservice;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;

/** From where the data of an image is to be fetched. */
@FunctionalInterface
public interface ImportSource {
  /** Begins to fetch it; is called once, by a thread of the service. */
  Data open() throws IOException;

  /**
   * Data that comes.
   *
   * @param bytes of it, from the first to the last; reading fails if they end before
   * @param size how many there are, or a negative number if that is not known
   */
  record Data(InputStream bytes, long size) implements Closeable {
    @Override
    public void close() throws IOException {
      bytes.close();
    }
  }
}
