package io.diskformat;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;

/**
 * A disk: a fixed number of bytes, each of which can be read, and written if the device is
 * writable. Offsets and lengths are bytes, of any alignment.
 *
 * <p>All methods are safe for use by many threads at once. Reads take no lock, unless writers keep
 * interfering. Each write is atomic per 512-byte sector with respect to other operations: a larger
 * one is not atomic as a whole.
 *
 * <p>After {@link #close()} every method but {@code close}, {@code size}, {@code isWritable} and
 * {@code missingData} throws {@link ImageClosedException}.
 */
public interface BlockDevice extends Closeable {

  /** Returns the size of the disk in bytes. */
  long size();

  /** Returns whether the device can be written. */
  boolean isWritable();

  /**
   * Fills {@code target} with the bytes of the disk from {@code offset} on.
   *
   * @param offset in bytes from the start of the disk
   * @param target filled whole; there are no short reads
   * @throws IndexOutOfBoundsException if {@code offset} is negative or {@code offset +
   *     target.byteSize()} is greater than {@link #size()}
   * @throws DiskFormatException if the image's tables are corrupt for this range
   * @throws IOException if the bytes cannot be read, for example because the file was cut short
   *     underneath; what {@code target} then holds is undefined
   */
  void read(long offset, MemorySegment target) throws IOException;

  /**
   * Writes all of {@code source} to the disk from {@code offset} on. Durable only after {@link
   * #flush()}.
   *
   * @param offset in bytes from the start of the disk
   * @param source written whole; there are no short writes
   * @throws IndexOutOfBoundsException if {@code offset} is negative or {@code offset +
   *     source.byteSize()} is greater than {@link #size()}
   * @throws UnsupportedOperationException if the device is not writable
   * @throws IOException if the bytes cannot be written, for example because the host's disk is full
   */
  void write(long offset, MemorySegment source) throws IOException;

  /**
   * Makes a range read as zeroes, by the cheapest means that the format has. Space in the file may
   * be given back to the host. Durable only after {@link #flush()}.
   *
   * @param offset in bytes from the start of the disk
   * @param length in bytes
   * @throws IndexOutOfBoundsException if the range is not within the disk
   * @throws UnsupportedOperationException if the device is not writable
   * @throws IOException if that fails
   */
  void writeZeroes(long offset, long length) throws IOException;

  /**
   * Declares that the contents of a range are no longer needed. A hint: afterwards each sector of
   * the range reads as it did, or as zeroes; of a sector that is partly in it, that part.
   *
   * @param offset in bytes from the start of the disk
   * @param length in bytes
   * @throws IndexOutOfBoundsException if the range is not within the disk
   * @throws UnsupportedOperationException if the device is not writable
   * @throws IOException if that fails
   */
  void discard(long offset, long length) throws IOException;

  /**
   * Makes all earlier writes durable: once this returns, neither a killed process nor a power cut
   * loses them. Does nothing on a device that is not writable.
   *
   * @throws IOException if the flush fails; writes since the last successful one may then be lost
   */
  void flush() throws IOException;

  /**
   * Returns a cursor over the extents of a range, which says how each is stored in the whole
   * backing chain.
   *
   * @param offset in bytes from the start of the disk
   * @param length in bytes
   * @throws IndexOutOfBoundsException if the range is not within the disk
   * @throws IOException if the device is closed
   */
  ExtentCursor extents(long offset, long length) throws IOException;

  /**
   * Returns a cursor over the extents of the whole disk. See {@link #extents(long, long)}.
   *
   * @throws IOException if the device is closed
   */
  default ExtentCursor extents() throws IOException {
    return extents(0, size());
  }

  /**
   * Returns where a byte is stored, with as many that follow it as are known to be stored in one
   * run with it. Unlike {@link #extents}, this also says in which part of which file compressed and
   * encrypted data is. It is meant for few bytes: to say where damage is.
   *
   * @param offset of the byte, in bytes from the start of the disk
   * @throws IndexOutOfBoundsException if {@code offset} is not within the disk
   * @throws DiskFormatException if the image's tables are corrupt for this byte
   * @throws IOException if the tables cannot be read
   */
  default Place placeOf(long offset) throws IOException {
    Objects.checkIndex(offset, size());
    Extent extent = extents(offset, Math.min(size() - offset, 1 << 20)).next();
    if (extent == null) {
      throw new IllegalStateException(this + ": no extent at offset " + offset);
    }
    return Place.of(extent, "");
  }

  /**
   * Announces that the caller is about to read all of a range, so that the device may read ahead.
   * Only a hint, and by default ignored.
   *
   * @param offset in bytes from the start of the disk
   * @param length in bytes
   * @throws IndexOutOfBoundsException if the range is not within the disk
   * @throws IOException if the device is closed or its tables are corrupt
   */
  default void willRead(long offset, long length) throws IOException {}

  /**
   * Returns the data that was read so far from this device and its whole backing chain although no
   * file holds it: an image has a place for it beyond the end of its file, and it read as zeroes.
   * Each byte counts once, however often it was read, and so do the bytes between those that were
   * read. Nearly always empty; if it is not, the image is probably incomplete.
   */
  default List<MissingData> missingData() {
    return List.of();
  }

  /**
   * Fills {@code target}. See {@link #read(long, MemorySegment)}.
   *
   * @throws IOException if the bytes cannot be read
   */
  default void read(long offset, byte[] target) throws IOException {
    read(offset, MemorySegment.ofArray(target));
  }

  /**
   * Fills {@code target} from its position to its limit, and moves its position there.
   *
   * @throws IOException if the bytes cannot be read
   */
  default void read(long offset, ByteBuffer target) throws IOException {
    read(offset, MemorySegment.ofBuffer(target));
    target.position(target.limit());
  }

  /**
   * Writes all of {@code source}. See {@link #write(long, MemorySegment)}.
   *
   * @throws IOException if the bytes cannot be written
   */
  default void write(long offset, byte[] source) throws IOException {
    write(offset, MemorySegment.ofArray(source));
  }

  /**
   * Writes {@code source} from its position to its limit, and moves its position there.
   *
   * @throws IOException if the bytes cannot be written
   */
  default void write(long offset, ByteBuffer source) throws IOException {
    write(offset, MemorySegment.ofBuffer(source));
    source.position(source.limit());
  }

  /**
   * Closes the device and, if it is a {@link DiskImage}, every file that it opened. A writable
   * device is flushed first. Closing a closed device does nothing.
   *
   * @throws IOException if the flush fails; the device is closed all the same
   */
  @Override
  void close() throws IOException;
}
