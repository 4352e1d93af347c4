package io.diskformat.storage;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A growable array of bytes, positions being {@code long} byte offsets from its start.
 *
 * <p>All methods are safe for use by many threads at once. Reads take no lock where the bytes are
 * mapped into memory; what is not (a storage may map nothing at all) goes through {@link
 * #readUnmapped}. After {@link #close()} methods throw {@link io.diskformat.ImageClosedException}.
 *
 * <p>A position, length or size that is negative, or a range that ends beyond what a {@code long}
 * counts, is an {@link IndexOutOfBoundsException}. A range of no bytes is no change.
 */
public abstract class Storage implements Closeable {
  private static final ValueLayout.OfLong BIG_ENDIAN_LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfInt LITTLE_ENDIAN_INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /**
   * The leading bytes of this storage that are mapped into memory. It never shrinks and, until this
   * storage is closed, every segment that was ever in it stays valid.
   */
  private volatile MemorySegment mapping = MemorySegment.NULL;

  private volatile boolean closed;

  /** For subclasses. */
  protected Storage() {}

  /** Returns the name by which errors call this storage: its path, where it has one. */
  public abstract String name();

  /** Returns the path of the file that holds the bytes, or empty if no file does. */
  public Optional<Path> path() {
    return Optional.empty();
  }

  /** Returns whether this storage takes writes. */
  public abstract boolean isWritable();

  /** Returns how many bytes there are now. */
  public abstract long size() throws IOException;

  /** Returns how many bytes of the host are occupied, where that is known. */
  public OptionalLong allocatedSize() throws IOException {
    return OptionalLong.empty();
  }

  // Reading

  /**
   * Returns the mapped leading bytes; empty if nothing is mapped. Whoever touches them does so
   * within {@link Faults}' protocol, and hands them to no native code. To be asked for anew each
   * time, as what was returned before this storage grew need not show what was written since.
   */
  public final MemorySegment mapped() {
    return mapping;
  }

  /** Replaces the mapped leading bytes by a longer segment of the same bytes. */
  protected final void mapped(MemorySegment longer) {
    mapping = longer;
  }

  /**
   * Fills {@code target}.
   *
   * @throws EOFException if there are fewer bytes than that
   */
  public final void read(long position, MemorySegment target) throws IOException {
    try {
      try {
        readUnfenced(position, target, 0, target.byteSize());
      } finally {
        Faults.fence();
      }
    } catch (InternalError | IllegalStateException e) {
      throw Faults.translate(e, this, "reading at " + position);
    }
  }

  /** As {@link #read}, for callers that keep {@link Faults}' protocol themselves. */
  public final void readUnfenced(
      long position, MemorySegment target, long targetOffset, long length) throws IOException {
    MemorySegment segment = mapping;
    if (position <= segment.byteSize() - length) {
      MemorySegment.copy(segment, position, target, targetOffset, length);
    } else {
      readUnmapped(position, target.asSlice(targetOffset, length));
    }
  }

  /** Returns the big-endian 64-bit number at {@code position}. */
  public final long readLong(long position) throws IOException {
    try {
      try {
        return readLongUnfenced(position);
      } finally {
        Faults.fence();
      }
    } catch (InternalError | IllegalStateException e) {
      throw Faults.translate(e, this, "reading at " + position);
    }
  }

  /** As {@link #readLong}, for callers that keep {@link Faults}' protocol themselves. */
  public final long readLongUnfenced(long position) throws IOException {
    MemorySegment segment = mapping;
    if (position <= segment.byteSize() - Long.BYTES) {
      return segment.get(BIG_ENDIAN_LONG, position);
    }
    byte[] bytes = new byte[Long.BYTES];
    MemorySegment buffer = MemorySegment.ofArray(bytes);
    readUnmapped(position, buffer);
    return buffer.get(BIG_ENDIAN_LONG, 0);
  }

  /**
   * Returns the little-endian 32-bit number at {@code position}, for callers that keep {@link
   * Faults}' protocol themselves.
   */
  public final int readLittleEndianIntUnfenced(long position) throws IOException {
    MemorySegment segment = mapping;
    if (position <= segment.byteSize() - Integer.BYTES) {
      return segment.get(LITTLE_ENDIAN_INT, position);
    }
    MemorySegment buffer = MemorySegment.ofArray(new byte[Integer.BYTES]);
    readUnmapped(position, buffer);
    return buffer.get(LITTLE_ENDIAN_INT, 0);
  }

  /**
   * Fills {@code target} with bytes that are not all mapped, or maps them and reads them there.
   *
   * @throws EOFException if there are fewer bytes than that
   */
  protected abstract void readUnmapped(long position, MemorySegment target) throws IOException;

  // Writing

  /**
   * Writes all of {@code source}, growing this storage if it ends beyond its end.
   *
   * @throws UnsupportedOperationException if this storage is not writable
   */
  public abstract void write(long position, MemorySegment source) throws IOException;

  /**
   * Writes part of {@code source} to where space is reserved, by the cheapest means. Within {@link
   * Faults}' protocol, which the caller keeps.
   *
   * @throws UnsupportedOperationException if this storage is not writable
   */
  public void overwrite(long position, MemorySegment source, long from, long length)
      throws IOException {
    write(position, source.asSlice(from, length));
  }

  /**
   * Makes a range within the present size read as zeroes, giving its space back to the host where
   * that is possible and {@code giveBack} is set, and reserving space for it otherwise.
   */
  public abstract void zero(long position, long length, boolean giveBack) throws IOException;

  /**
   * Reserves the host's space for a range, growing this storage if it ends beyond its end, so that
   * later writes there cannot fail for want of space. Bytes that were there keep their values, and
   * others are zero.
   */
  public abstract void reserve(long position, long length) throws IOException;

  /** Cuts this storage short, or grows it by zeroes that occupy no space where that is possible. */
  public abstract void resize(long size) throws IOException;

  /** Returns when everything that was written before is durable: the barrier between writes. */
  public abstract void flush() throws IOException;

  // Holes

  /**
   * Returns the first position at or after {@code position} that may hold anything but zeroes, or
   * {@link #size()} if there is none.
   */
  public long nextData(long position) throws IOException {
    checkRange(position, 0);
    return Math.min(position, size());
  }

  /**
   * Returns the first position at or after {@code position} that is known to be in a hole, or
   * {@link #size()} if there is none.
   */
  public long nextHole(long position) throws IOException {
    checkRange(position, 0);
    return size();
  }

  // Advice

  /** Tells that a range is about to be read. Only a hint. */
  public void willRead(long position, long length) {}

  // Closing

  /** Returns whether {@link #close()} was called. */
  public final boolean isClosed() {
    return closed;
  }

  /** Lets go of everything. Does not flush. Closing a closed storage does nothing. */
  @Override
  public final void close() throws IOException {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
    }
    release();
  }

  /** Lets go of everything; called once. */
  protected abstract void release() throws IOException;

  /** Returns {@link #name()}. */
  @Override
  public final String toString() {
    return name();
  }

  /**
   * Returns where a range ends.
   *
   * @throws IndexOutOfBoundsException if that is no range of any storage
   */
  protected static long checkRange(long position, long length) {
    return Objects.checkFromIndexSize(position, length, Long.MAX_VALUE) + length;
  }

  /** Returns the exception that tells of bytes wanted beyond the end. */
  protected final EOFException beyondEnd(long position, long length) throws IOException {
    return new EOFException(
        name()
            + ": ends at "
            + size()
            + " bytes, but "
            + length
            + " bytes at offset "
            + position
            + " are needed");
  }
}
