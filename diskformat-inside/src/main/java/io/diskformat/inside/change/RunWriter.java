package io.diskformat.inside.change;

import io.diskformat.BlockDevice;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Writes bytes to a volume, those that follow each other at once, and makes barriers. Not
 * thread-safe.
 */
public final class RunWriter {
  /** The most bytes to write at once. */
  private static final int MOST_AT_ONCE = 1 << 20;

  private final BlockDevice device;
  private final ByteBuffer run = ByteBuffer.allocate(MOST_AT_ONCE);
  private long start;

  /** Whether anything was written after the last barrier. */
  private boolean written;

  /**
   * Creates a writer.
   *
   * @param device the volume, which stays open
   */
  public RunWriter(BlockDevice device) {
    this.device = device;
  }

  /**
   * Adds bytes, which are written by the next call of {@link #write} at the latest.
   *
   * @param position where they go, in bytes from the start of the volume
   * @param bytes at most 1 MiB
   * @throws IOException if earlier bytes cannot be written
   */
  public void add(long position, byte[] bytes) throws IOException {
    if (position != start + run.position() || run.remaining() < bytes.length) {
      write();
      start = position;
    }
    run.put(bytes);
  }

  /**
   * Writes what was added.
   *
   * @throws IOException if it cannot be written
   */
  public void write() throws IOException {
    if (run.position() > 0) {
      device.write(start, run.flip());
      run.clear();
      written = true;
    }
  }

  /**
   * Writes what was added, and makes everything durable that was written since the last barrier.
   *
   * @throws IOException if it cannot be written or made durable
   */
  public void barrier() throws IOException {
    write();
    if (written) {
      device.flush();
      written = false;
    }
  }
}
