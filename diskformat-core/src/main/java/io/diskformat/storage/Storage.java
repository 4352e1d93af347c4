package io.diskformat.storage;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * A growable array of bytes that holds an image, for example a file. A position is a number of
 * bytes from its start.
 *
 * <p>All methods are safe for use by many threads at once. Reads take no lock where the bytes are
 * mapped into memory; other reads (a storage may map nothing at all) go through {@link
 * #readUnmapped}. Lookups in tables are so frequent that a storage that maps nothing is better used
 * through a {@link CachedStorage}. After {@link #close()} methods throw {@link
 * io.diskformat.ImageClosedException}; any other {@link IOException} means that the host failed.
 *
 * <p>A negative position, length or size, or a range whose end overflows a {@code long}, leads to
 * an {@link IndexOutOfBoundsException}. An operation on an empty range changes nothing.
 */
public abstract class Storage implements Closeable, Faults.Mapped {
  /**
   * The length from which on a run is read in bulk, in bytes. For less, a system call costs more
   * than the first accesses to the mapping that it saves.
   */
  public static final long BULK = 64 << 10;

  /**
   * The leading bytes of this storage that are mapped into memory. Until this storage is closed,
   * every segment that was ever here stays valid.
   */
  private volatile MemorySegment mapping = MemorySegment.NULL;

  /**
   * Pages for reads of single numbers that are not mapped; null if each of these is read from the
   * storage.
   */
  private volatile @Nullable TablePages tablePages;

  private volatile boolean closed;

  /** Creates a storage that maps nothing yet. */
  protected Storage() {}

  /** Returns the name of this storage in error messages: its path, where it has one. */
  @Override
  public abstract String name();

  /** Returns the path of the file that holds the bytes, or empty if no file does. */
  public Optional<Path> path() {
    return Optional.empty();
  }

  /** Returns whether this storage can be written. */
  public abstract boolean isWritable();

  /** Returns the current size, in bytes. */
  public abstract long size() throws IOException;

  /**
   * Returns whether nobody else can see this yet: if it cannot be completed, it vanishes. Then
   * nothing need be durable, and no space be reserved before it is written.
   */
  public boolean isUnseen() {
    return false;
  }

  /** Returns whether the size is fixed, as a block device's is: then what would change it fails. */
  public boolean hasFixedSize() {
    return false;
  }

  /**
   * Returns where in the file a byte is stored, in bytes: at its position, unless the file has
   * something else before it.
   *
   * @param position of the byte, in bytes
   */
  public long positionInFile(long position) {
    return position;
  }

  /**
   * Returns whether its bytes differ from the file's: that is encrypted. Users then see no
   * positions.
   */
  public boolean isTransformed() {
    return false;
  }

  /** Returns the bytes that the host's file system has for it, or empty if that is not known. */
  public OptionalLong allocatedSize() throws IOException {
    return OptionalLong.empty();
  }

  /**
   * Returns the mapped leading bytes; empty if nothing is mapped. Access them within {@link
   * Faults}' protocol only, and do not pass them to native code. Call this anew for each access: a
   * segment that was returned before this storage grew need not show later writes.
   */
  public final MemorySegment mapped() {
    return mapping;
  }

  /** Replaces the mapped leading bytes by another segment of them, usually a longer one. */
  protected final void mapped(MemorySegment longer) {
    mapping = longer;
  }

  /**
   * Fills {@code target}.
   *
   * @throws EOFException if this storage ends before that
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

  /**
   * Returns a copy of {@code length} bytes, in big-endian byte order.
   *
   * @throws EOFException if this storage ends before that
   */
  public final ByteBuffer read(long position, int length) throws IOException {
    byte[] bytes = new byte[length];
    read(position, MemorySegment.ofArray(bytes));
    return ByteBuffer.wrap(bytes);
  }

  /**
   * Reads {@code length} bytes to {@code target} from {@code targetOffset} on, as {@link
   * #read(long, MemorySegment)} does, for callers that keep {@link Faults}' protocol themselves.
   */
  public final void readUnfenced(
      long position, MemorySegment target, long targetOffset, long length) throws IOException {
    if (!readMapped(position, target, targetOffset, length)) {
      readUnmapped(position, target.asSlice(targetOffset, length));
    }
  }

  /**
   * Reads {@code length} bytes to {@code target} from {@code targetOffset} on, if all of the range
   * is mapped, for callers that keep {@link Faults}' protocol themselves; by a system call if the
   * range is long and read only once. Allocates no object for less than {@link #BULK} bytes.
   *
   * @return whether the range is mapped; if not, nothing was done
   */
  public final boolean readMapped(
      long position, MemorySegment target, long targetOffset, long length) {
    MemorySegment segment = mapping;
    if (position > segment.byteSize() - length) {
      return false;
    }
    if (length < BULK || !readInBulk(position, target, targetOffset, length)) {
      MemorySegment.copy(segment, position, target, targetOffset, length);
    }
    return true;
  }

  /**
   * Reads a mapped range of at least {@link #BULK} bytes by other means than the mapping, if it was
   * {@linkplain #willReadInBulk announced} and so is likely to be read just once. By default, does
   * nothing.
   *
   * @return whether the range was read; if not, for whatever reason, the caller uses the mapping
   */
  protected boolean readInBulk(
      long position, MemorySegment target, long targetOffset, long length) {
    return false;
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

  /**
   * Returns the big-endian 64-bit number at {@code position}, for callers that keep {@link Faults}'
   * protocol themselves.
   */
  public final long readLongUnfenced(long position) throws IOException {
    MemorySegment segment = mapping;
    return position <= segment.byteSize() - Long.BYTES
        ? segment.get(BigEndian.LONG, position)
        : readUnmappedLong(position);
  }

  private long readUnmappedLong(long position) throws IOException {
    TablePages pages = tablePages;
    return pages != null
        ? pages.bigEndianLong(position)
        : unmapped(position, Long.BYTES).get(BigEndian.LONG, 0);
  }

  private MemorySegment unmapped(long position, int length) throws IOException {
    MemorySegment buffer = MemorySegment.ofArray(new byte[length]);
    readUnmapped(position, buffer);
    return buffer;
  }

  /**
   * Returns the big-endian 32-bit number at {@code position}, for callers that keep {@link Faults}'
   * protocol themselves.
   */
  public final int readIntUnfenced(long position) throws IOException {
    MemorySegment segment = mapping;
    return position <= segment.byteSize() - Integer.BYTES
        ? segment.get(BigEndian.INT, position)
        : readUnmappedInt(position);
  }

  private int readUnmappedInt(long position) throws IOException {
    TablePages pages = tablePages;
    return pages != null
        ? pages.bigEndianInt(position)
        : unmapped(position, Integer.BYTES).get(BigEndian.INT, 0);
  }

  /**
   * Fills {@code target} with bytes that are not all mapped; may map them.
   *
   * @throws EOFException if this storage ends before that
   */
  protected abstract void readUnmapped(long position, MemorySegment target) throws IOException;

  /**
   * From now on, serves reads of single numbers that are not mapped from pages in memory, if it
   * does not yet. A change of bytes that are not mapped must then be followed by {@link
   * #forgetTablePages}.
   *
   * @param pageSize in bytes, a power of two
   * @param most the memory of all pages, in bytes
   */
  final synchronized void keepTablePages(int pageSize, long most) {
    if (!closed && tablePages == null) {
      tablePages = new TablePages(this::readUnmapped, this::size, pageSize, most);
    }
  }

  /** Drops the pages of a range that has changed, or may have, before that change returns. */
  final void forgetTablePages(long position, long length) {
    TablePages pages = tablePages;
    if (pages != null && position >= 0 && length > 0) {
      pages.forget(position, position + Math.min(length, Long.MAX_VALUE - position));
    }
  }

  /**
   * Writes all of {@code source}, and grows this storage if the range ends beyond its end.
   *
   * @throws UnsupportedOperationException if this storage is not writable
   */
  public abstract void write(long position, MemorySegment source) throws IOException;

  /**
   * Writes a part of {@code source} to reserved space, by the cheapest means. The caller keeps
   * {@link Faults}' protocol.
   *
   * @param from where the part begins in {@code source}, in bytes
   * @param length the length of the part, in bytes
   * @throws UnsupportedOperationException if this storage is not writable
   */
  public void overwrite(long position, MemorySegment source, long from, long length)
      throws IOException {
    write(position, source.asSlice(from, length));
  }

  /**
   * Makes a range read as zeroes, as far as it is within the current size.
   *
   * @param giveBack whether the range's space is given back to the host, where that is possible;
   *     otherwise it stays reserved or is reserved
   */
  public abstract void zero(long position, long length, boolean giveBack) throws IOException;

  /**
   * Reserves the host's space for a range, and grows this storage if the range ends beyond its end,
   * so that later writes there cannot fail for lack of space. Existing bytes keep their values, and
   * new ones are zero.
   */
  public abstract void reserve(long position, long length) throws IOException;

  /**
   * Changes the size of this storage: cuts it short, or grows it by zeroes that occupy no space
   * where that is possible.
   *
   * @param size the new size, in bytes
   */
  public abstract void resize(long size) throws IOException;

  /** Makes all earlier writes durable before it returns: a barrier. */
  public abstract void flush() throws IOException;

  /**
   * Makes all earlier writes durable as {@link #flush()} does, with a name for the barrier.
   * Storages ignore the name; override this to trace the barriers of a writer, or to prove that it
   * needs each.
   *
   * @param after the step of a format's writer that the barrier ends
   */
  public void flush(Enum<?> after) throws IOException {
    flush();
  }

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

  /** Announces that a range is about to be read. Only a hint, and by default ignored. */
  public void willRead(long position, long length) {}

  /**
   * As {@link #willRead}, all of it, probably once and in pieces of {@link #BULK} bytes or more.
   */
  public void willReadInBulk(long position, long length) {
    willRead(position, length);
  }

  /** Returns whether {@link #close()} was called. */
  @Override
  public final boolean isClosed() {
    return closed;
  }

  /** Releases all resources. Does not flush. Closing a closed storage does nothing. */
  @Override
  public final void close() throws IOException {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
      tablePages = null;
    }
    release();
  }

  /** Releases all resources; called once. */
  protected abstract void release() throws IOException;

  /** Returns {@link #name()}. */
  @Override
  public final String toString() {
    return name();
  }

  /**
   * Returns the end of a range.
   *
   * @throws IndexOutOfBoundsException if the position or the length is negative, or the end
   *     overflows
   */
  protected static long checkRange(long position, long length) {
    return Objects.checkFromIndexSize(position, length, Long.MAX_VALUE) + length;
  }

  /** Returns the exception for a read beyond the end. */
  protected final EOFException beyondEnd(long position, long length) throws IOException {
    return new EOFException(
        "%s: ends at %d bytes, but %d bytes at offset %d are needed"
            .formatted(name(), size(), length, position));
  }
}
