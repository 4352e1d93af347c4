package io.diskformat.imageservice;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;

/**
 * A manifest that is written to the stores of an upload. What fails in one of them is no failure:
 * that store has none then. Not thread-safe.
 */
final class PendingManifest implements WritableByteChannel {
  private static final int BUFFER = 64 << 10;

  private final Blobs blobs;
  private final String name;
  private final StoreFailures failures;
  private final SpreadBlob blob;
  private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER);
  private boolean isOpen = true;

  /**
   * Begins one.
   *
   * @param target the stores that keep the data
   */
  PendingManifest(Blobs blobs, String upload, StoreFailures target) throws IOException {
    this.blobs = blobs;
    this.name = DiskManifests.name(upload);
    this.failures = new StoreFailures(target.whole(), false, true);
    this.blob = new SpreadBlob(blobs, name, failures);
  }

  @Override
  public int write(ByteBuffer bytes) throws IOException {
    int count = bytes.remaining();
    while (bytes.hasRemaining()) {
      if (!buffer.hasRemaining()) {
        flush();
      }
      int length = Math.min(buffer.remaining(), bytes.remaining());
      buffer.put(bytes.slice(bytes.position(), length));
      bytes.position(bytes.position() + length);
    }
    return count;
  }

  private void flush() throws IOException {
    blob.write(buffer.flip());
    buffer.clear();
  }

  /** Makes it durable. */
  void complete() throws IOException {
    flush();
    String _ = blob.complete();
    // What a store failed to do may be done all the same.
    failures.failed().forEach(store -> blobs.undo(store, name));
  }

  @Override
  public boolean isOpen() {
    return isOpen;
  }

  /** Deletes what was written, unless it is complete. */
  @Override
  public void close() throws IOException {
    isOpen = false;
    blob.close();
  }
}
