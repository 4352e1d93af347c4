package io.diskformat.transfer;

import io.diskformat.BlockDevice;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of a disk from a channel. Each worker has a buffer, which it fills when it takes its
 * next window.
 */
final class ChannelSource implements Source {
  private final ReadableByteChannel channel;
  private final String name;

  /** The number of bytes that are expected. */
  private final long expected;

  /** Held by who reads on. */
  private final Lock reading = new ReentrantLock();

  private long at;
  private boolean ended;

  ChannelSource(ReadableByteChannel channel, String name, long expected) {
    this.channel = channel;
    this.name = name;
    this.expected = expected;
  }

  @Override
  public String name() {
    return name;
  }

  /**
   * {@inheritDoc} Before the end was read, this is the expected number of bytes; afterwards the
   * number that was read, which is at most one more.
   */
  @Override
  public synchronized long size() {
    return ended ? at : expected;
  }

  @Override
  public boolean is(BlockDevice device) {
    return false;
  }

  @Override
  public boolean isInOnePass() {
    return true;
  }

  @Override
  public long held(long unit) {
    return unit;
  }

  @Override
  public Pass pass(Walk walk) {
    return () -> new ChannelFeed((int) walk.unit());
  }

  /**
   * Fills a buffer as far as the channel goes; returns the offset on the disk at which its content
   * begins.
   */
  private long fill(ByteBuffer buffer) throws IOException {
    Crew.lock(reading);
    try {
      long start = at;
      if (ended) {
        return start;
      }
      buffer.limit(Math.clamp(expected - start, 1, buffer.capacity()));
      boolean isLast = false;
      while (buffer.hasRemaining() && !isLast) {
        isLast = read(buffer);
      }
      long end = start + buffer.position();
      if (end > expected) {
        buffer.clear();
      }
      reached(end, isLast || end > expected);
      return start;
    } finally {
      reading.unlock();
    }
  }

  /** Returns whether the channel has ended. */
  private boolean read(ByteBuffer buffer) throws IOException {
    try {
      return Crew.awaiting(() -> channel.read(buffer)) < 0;
    } catch (IOException e) {
      Crew.checkGoesOn();
      reached(at, true);
      throw new IOException(name + ": cannot be read on: " + e.getMessage(), e);
    }
  }

  private synchronized void reached(long end, boolean isLast) {
    at = end;
    ended = isLast;
  }

  /** The windows of one worker. */
  private final class ChannelFeed implements Feed {
    private final ByteBuffer buffer;
    private long start;

    ChannelFeed(int unit) {
      this.buffer = ByteBuffer.allocate(unit);
    }

    @Override
    public @Nullable Window next() throws IOException {
      buffer.clear();
      start = fill(buffer);
      if (buffer.position() == 0) {
        return null;
      }
      Window.Builder window = new Window.Builder(start);
      window.add(start, start + buffer.position());
      return window.endingAt(start + buffer.position());
    }

    @Override
    public void read(long offset, MemorySegment target) {
      target.copyFrom(
          MemorySegment.ofArray(buffer.array()).asSlice(offset - start, target.byteSize()));
    }
  }
}
