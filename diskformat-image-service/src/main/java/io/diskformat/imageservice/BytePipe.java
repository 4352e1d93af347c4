package io.diskformat.imageservice;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.WritableByteChannel;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Bytes that one thread writes and another reads, of which a few are in between. */
final class BytePipe implements WritableByteChannel {
  private static final int CAPACITY = 256 << 10;

  private final ByteBuffer ring = ByteBuffer.allocate(CAPACITY).limit(0);
  private @Nullable IOException failure;
  private boolean ended;
  private boolean closed;

  /** Takes some bytes, once there is room. */
  @Override
  public synchronized int write(ByteBuffer source) throws IOException {
    int count = 0;
    while (source.hasRemaining()) {
      await(() -> closed || !ring.hasRemaining());
      if (closed) {
        throw new AsynchronousCloseException();
      }
      int piece = Math.min(CAPACITY, source.remaining());
      ring.clear().put(source.slice(source.position(), piece)).flip();
      source.position(source.position() + piece);
      count += piece;
      notifyAll();
    }
    return count;
  }

  /** Says that no more bytes come, and why if that is a failure. */
  synchronized void end(@Nullable IOException why) {
    ended = true;
    failure = why;
    notifyAll();
  }

  /** Reads some bytes; returns a negative number at the end. */
  synchronized int read(byte[] target, int offset, int length) throws IOException {
    await(() -> ended || ring.hasRemaining());
    if (failure != null) {
      throw failure;
    }
    if (!ring.hasRemaining()) {
      return -1;
    }
    int count = Math.min(length, ring.remaining());
    ring.get(target, offset, count);
    notifyAll();
    return count;
  }

  private synchronized void await(BooleanSupplier condition) throws InterruptedIOException {
    try {
      while (!condition.getAsBoolean()) {
        wait();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while data was converted");
    }
  }

  @Override
  public synchronized boolean isOpen() {
    return !closed;
  }

  /** Whoever writes fails from now on. */
  @Override
  public synchronized void close() {
    closed = true;
    notifyAll();
  }

  /** Waits until the thread at the other end is no more, even if the caller is interrupted. */
  static void awaitEnd(Thread thread) {
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
