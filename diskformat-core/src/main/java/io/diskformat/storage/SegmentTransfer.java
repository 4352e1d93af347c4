package io.diskformat.storage;

import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/**
 * Reads and writes memory segments by system calls, in pieces. Segments on the heap are copied
 * through native buffers of bounded memory.
 */
final class SegmentTransfer {
  /** The largest length of one system call, in bytes. */
  private static final int CHUNK = 1 << 20;

  /**
   * The largest heap array that is passed to the JDK, in bytes: it keeps a native buffer of that
   * size for each thread.
   */
  private static final int SMALL = 16 << 10;

  /** The buffers for segments on the heap: 256 KiB each, 4 MiB in all. */
  private static final BufferPool STAGING = new BufferPool(256 << 10, 4 << 20);

  private static final ByteBuffer ZEROES = ByteBuffer.allocateDirect(CHUNK).asReadOnlyBuffer();

  private final String name;
  private final ReopeningChannel channel;

  /**
   * Creates an object for a file.
   *
   * @param name the name of the file in error messages
   */
  SegmentTransfer(String name, ReopeningChannel channel) {
    this.name = name;
    this.channel = channel;
  }

  /**
   * Fills {@code target}.
   *
   * @throws EOFException if the file ends before that
   */
  void read(long position, MemorySegment target) throws IOException {
    for (long done = 0; done < target.byteSize(); ) {
      long left = target.byteSize() - done;
      int n =
          isSeen(target)
              ? readInto(target.asSlice(done, Math.min(CHUNK, left)), position + done)
              : readStaged(target, done, position + done);
      if (n < 0) {
        throw new EOFException(
            name + ": was cut short to " + channel.size() + " bytes while being read");
      }
      done += n;
    }
  }

  /** Returns whether a segment can be passed to the channel directly. */
  private static boolean isSeen(MemorySegment segment) {
    return segment.isNative()
        || (segment.byteSize() <= SMALL
            && segment.heapBase().filter(base -> base instanceof byte[]).isPresent());
  }

  private int readInto(MemorySegment target, long position) throws IOException {
    ByteBuffer buffer = target.asByteBuffer();
    return channel.run("reading", position, c -> c.read(buffer.duplicate(), position));
  }

  private int readStaged(MemorySegment target, long done, long position) throws IOException {
    MemorySegment buffer = STAGING.take();
    try {
      long length = Math.min(buffer.byteSize(), target.byteSize() - done);
      int n = readInto(buffer.asSlice(0, length), position);
      MemorySegment.copy(buffer, 0, target, done, Math.max(n, 0));
      return n;
    } finally {
      STAGING.giveBack(buffer);
    }
  }

  /** Writes all of {@code source}; no sector is written in two parts. */
  void write(long position, MemorySegment source) throws IOException {
    for (long done = 0; done < source.byteSize(); ) {
      long left = source.byteSize() - done;
      long at = position + done;
      done +=
          isSeen(source)
              ? writeFrom(source.asSlice(done, Math.min(upToMultiple(at, CHUNK), left)), at)
              : writeStaged(source, done, at);
    }
  }

  private static long upToMultiple(long position, long chunk) {
    return chunk - (position & (chunk - 1));
  }

  private int writeFrom(MemorySegment source, long position) throws IOException {
    ByteBuffer buffer = source.asByteBuffer();
    return channel.run("writing", position, c -> c.write(buffer.duplicate(), position));
  }

  private int writeStaged(MemorySegment source, long done, long position) throws IOException {
    MemorySegment buffer = STAGING.take();
    try {
      long most = upToMultiple(position, buffer.byteSize());
      MemorySegment part = buffer.asSlice(0, Math.min(most, source.byteSize() - done));
      MemorySegment.copy(source, done, part, 0, part.byteSize());
      return writeFrom(part, position);
    } finally {
      STAGING.giveBack(buffer);
    }
  }

  /**
   * Writes zeroes.
   *
   * @param doing the name of the operation in error messages
   */
  void writeZeroes(String doing, long start, long limit) throws IOException {
    for (long at = start; at < limit; ) {
      long position = at;
      ByteBuffer zeroes = ZEROES.duplicate().limit((int) Math.min(CHUNK, limit - at));
      at += channel.run(doing, at, c -> c.write(zeroes.duplicate(), position));
    }
  }
}
