package io.diskformat.layer;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * The map of a disk: where each of its bytes is stored, by a format's tables. It is the hot path of
 * every read: an implementation looks up its tables in the mapped image, without lock, cache or
 * allocation.
 *
 * <p>Safe for use by many threads at once. Called within {@link io.diskformat.storage.Faults}'
 * protocol: an implementation uses the unfenced reads of its storage and does not catch what they
 * throw.
 */
public abstract class GuestMap {
  private final long unit;
  private final long compressedUnit;

  /**
   * Creates a map.
   *
   * @param unit the size of the unit that is located, in bytes, a power of two: within each aligned
   *     unit, adjacent bytes are stored adjacently and alike
   * @param compressedUnit the size of the unit that is compressed and allocated, in bytes, a power
   *     of two
   */
  protected GuestMap(long unit, long compressedUnit) {
    this.unit = unit;
    this.compressedUnit = compressedUnit;
  }

  /** Returns the size of the unit that is located, in bytes. */
  public final long unit() {
    return unit;
  }

  /** Returns the size of the unit that is compressed and allocated, in bytes. */
  public final long compressedUnit() {
    return compressedUnit;
  }

  /**
   * Returns where a byte is stored, packed as a {@link Location}.
   *
   * @param offset the offset of the byte on the disk
   * @throws io.diskformat.CorruptImageException if the tables are corrupt there
   * @throws IOException if the tables cannot be read
   */
  public abstract long locate(long offset) throws IOException;

  /**
   * Returns the number of bytes from {@code offset} on that are known without a further lookup to
   * be a hole; they reach at least to the end of the unit.
   *
   * @param offset the offset of a byte that {@link #locate} found to be a {@link Location#HOLE}
   * @throws IOException if the tables cannot be read
   */
  public long holeLength(long offset) throws IOException {
    return unit - (offset & unit - 1);
  }

  /**
   * Decompresses a whole compressed unit. An implementation must not look up tables, which may have
   * changed meanwhile: the caller caches the result under the location. By default, there are no
   * compressed units; a format that has them overrides this method or the next.
   *
   * @param location a location of the kind {@link Location#COMPRESSED}, as {@link #locate} returned
   *     it
   * @param target has {@link #compressedUnit()} bytes, all of which are set
   * @throws io.diskformat.CorruptImageException if the stream does not decompress to that number of
   *     bytes
   * @throws IOException if the stream cannot be read
   */
  public void decompress(long location, byte[] target) throws IOException {
    throw new IllegalStateException("a map without compressed units");
  }

  /**
   * Decompresses a whole compressed unit as {@link #decompress(long, byte[])} does, to a segment
   * that is native and not mapped, or an array of bytes. A format whose decompressor can write
   * there directly saves a copy by overriding this.
   *
   * @param location a location of the kind {@link Location#COMPRESSED}
   * @param target has {@link #compressedUnit()} bytes, all of which are set
   * @throws IOException if the stream cannot be read
   */
  public void decompress(long location, MemorySegment target) throws IOException {
    byte[] bytes = new byte[Math.toIntExact(compressedUnit)];
    decompress(location, bytes);
    MemorySegment.copy(MemorySegment.ofArray(bytes), 0, target, 0, bytes.length);
  }

  /**
   * Returns the position in the data storage at which the stream of a compressed unit begins, so
   * that it can be read ahead; -1 if that is not known.
   *
   * @param location a location of the kind {@link Location#COMPRESSED}
   * @throws IOException if that cannot be found out
   */
  public long streamPosition(long location) throws IOException {
    return -1;
  }

  /**
   * Returns the largest possible length of the stream of a compressed unit, in bytes. Called only
   * if {@link #streamPosition} is known.
   *
   * @param location a location of the kind {@link Location#COMPRESSED}
   * @throws IOException if that cannot be found out
   */
  public long streamLength(long location) throws IOException {
    return 0;
  }

  /**
   * Returns the length of the stream of a compressed unit with what belongs to it, in bytes, as
   * exactly as it is recorded. For messages: it may take a read.
   *
   * @param location a location of the kind {@link Location#COMPRESSED}
   * @throws IOException if the image cannot be read
   */
  public long storedLength(long location) throws IOException {
    return streamLength(location);
  }

  /**
   * Returns the position in the data storage's file of stored data: that of its location, unless
   * locations are something else to the storage.
   *
   * @param offset the offset of a byte on the disk
   * @param location where {@link #locate} found it to be, of the kind {@link Location#DATA}
   * @throws IOException if the tables cannot be read
   */
  public long dataPosition(long offset, long location) throws IOException {
    return Location.position(location);
  }

  /** Returns what the format calls its unit, in the singular. */
  public String unitName() {
    return "unit";
  }

  /**
   * Returns whether much of this image's data may lie in holes of the host file, so that it pays to
   * ask the host about them. Called rarely, and not within {@link io.diskformat.storage.Faults}'
   * protocol.
   *
   * @throws IOException if the image cannot be read
   */
  public boolean expectsHostHoles() throws IOException {
    return false;
  }
}
