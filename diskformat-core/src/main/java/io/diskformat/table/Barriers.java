package io.diskformat.table;

import io.diskformat.storage.Storage;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * The barriers of a writable image: all writes before a barrier are durable before any write after
 * it.
 *
 * <p>Once a barrier has failed, writes before it may be lost although no later barrier would report
 * that. So from then on {@link #check} throws, and nothing more is written.
 */
public final class Barriers {
  private final Storage tables;
  private final Storage data;
  private volatile @Nullable IOException failure;

  /**
   * Creates the barriers of an image.
   *
   * @param tables the file with the image's tables
   * @param data the file with the disk's data, which may be the same
   */
  public Barriers(Storage tables, Storage data) {
    this.tables = tables;
    this.data = data;
  }

  /**
   * Makes all writes to the image's own file durable.
   *
   * @param step the step that this barrier ends
   * @throws IOException if that fails
   */
  public void after(Enum<?> step) throws IOException {
    flush(tables, step);
  }

  /**
   * Makes all writes to the image durable. Data in a file of its own comes first, because it must
   * be durable before a table refers to it.
   *
   * @param step the step that this barrier ends
   * @throws IOException if that fails
   */
  public void afterData(Enum<?> step) throws IOException {
    if (!data.equals(tables)) {
      flush(data, step);
    }
    flush(tables, step);
  }

  private void flush(Storage storage, Enum<?> step) throws IOException {
    try {
      storage.flush(step);
    } catch (IOException e) {
      // A closed storage reports that itself, each time.
      if (!storage.isClosed()) {
        fail(e);
      }
      throw e;
    }
  }

  /**
   * Makes every later {@link #check} throw.
   *
   * @param cause the failure because of which no more can be written
   */
  public void fail(IOException cause) {
    failure = cause;
  }

  /**
   * Throws if a barrier failed, or {@link #fail} was called.
   *
   * @throws IOException with the first such failure as its cause
   */
  public void check() throws IOException {
    IOException earlier = failure;
    if (earlier != null) {
      throw new IOException(
          tables.name()
              + ": no longer written, since an earlier write failed: "
              + earlier.getMessage(),
          earlier);
    }
  }
}
