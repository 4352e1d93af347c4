package io.diskformat.vmdk;

import io.diskformat.CorruptImageException;
import io.diskformat.storage.ReusePool;
import io.diskformat.storage.Storage;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;

/**
 * Reads compressed grains. Each is a record that begins with a sector.
 *
 * <pre>
 * offset  size  with markers                       offset  size  without
 *   0       8   the first sector of the grain on     0       4   length of the stream
 *               the disk                             4           the stream
 *   8       4   length of the stream, not 0
 *  12           the stream: zlib, RFC 1950
 * </pre>
 *
 * <p>A location says which grain it is of, too, so that the record is seen to be that one's.
 *
 * <p>Thread-safe. Inflaters are kept for reuse until this is closed.
 */
final class GrainStreams implements Closeable {
  /** The length of the marker before a stream, in bytes. */
  static final int MARKED_START = 12;

  static final int UNMARKED_START = 4;
  private static final int SECTOR_FIELD_BITS = 32;
  private static final long SECTOR_FIELD = (1L << SECTOR_FIELD_BITS) - 1;

  /** The most bytes by which a stream is longer than what it holds. */
  private static final long MOST_MORE = 4096;

  private final Storage storage;
  private final boolean marked;
  private final long grainSectors;
  private final long grainBytes;
  private final long diskBytes;
  private final ReusePool<Inflater> inflaters = new ReusePool<>(Inflater::end);

  GrainStreams(Storage storage, SparseHeader header) {
    this.storage = storage;
    this.marked = header.hasMarkers();
    this.grainSectors = header.grainSectors();
    this.grainBytes = header.grainSectors() << ExtentLine.SECTOR_BITS;
    this.diskBytes = header.size();
  }

  /**
   * Returns the descriptor by which a grain can be read.
   *
   * @param grain its number, less than 2 to the 31
   * @param sector of the file, where its record begins
   */
  static long descriptor(long grain, long sector) {
    return grain << SECTOR_FIELD_BITS | sector;
  }

  private static long grain(long descriptor) {
    return descriptor >>> SECTOR_FIELD_BITS;
  }

  /** Returns where a grain's record begins in the file, in bytes. */
  static long position(long descriptor) {
    return (descriptor & SECTOR_FIELD) << ExtentLine.SECTOR_BITS;
  }

  /** Returns how long a stream of a grain is at most, in bytes. */
  static long mostBytes(long grainBytes) {
    return grainBytes + (grainBytes >>> 3) + MOST_MORE;
  }

  /**
   * Decompresses a grain, which fills {@code target}: no mapped memory, but any other. What the
   * last grain has beyond the end of the disk need not be stored.
   */
  void read(long descriptor, MemorySegment target) throws IOException {
    long position = position(descriptor);
    byte[] stream = stream(descriptor, position);
    long needed = Math.min(grainBytes, diskBytes - grain(descriptor) * grainBytes);
    String problem = inflate(inflaters, stream, target, needed);
    if (problem != null) {
      throw corrupt(position, problem);
    }
  }

  /** The stream is copied out of the file: no native code is handed mapped memory. */
  private byte[] stream(long descriptor, long position) throws IOException {
    int start = marked ? MARKED_START : UNMARKED_START;
    long size = storage.size();
    if (position > size - start) {
      throw corrupt(position, "is beyond the end of the file: was it cut short?");
    }
    ByteBuffer record = storage.read(position, start).order(ByteOrder.LITTLE_ENDIAN);
    long length = Integer.toUnsignedLong(record.getInt(start - Integer.BYTES));
    if (marked && record.getLong(0) != grain(descriptor) * grainSectors) {
      throw corrupt(
          position,
          "is that of sector "
              + Long.toUnsignedString(record.getLong(0))
              + " of the disk, expected "
              + grain(descriptor) * grainSectors);
    }
    if (length == 0 || length > mostBytes(grainBytes)) {
      throw corrupt(position, "has a stream of " + length + " bytes for a grain of " + grainBytes);
    }
    if (length > size - position - start) {
      throw corrupt(position, "ends beyond the end of the file: was it cut short?");
    }
    return storage.read(position + start, (int) length).array();
  }

  /**
   * Inflates a stream, which fills {@code target}; returns what is wrong with it, or null.
   *
   * @param needed how many bytes it must have at least
   */
  static @Nullable String inflate(
      ReusePool<Inflater> inflaters, byte[] stream, MemorySegment target, long needed)
      throws IOException {
    Inflater inflater = inflaters.take(Inflater::new);
    try {
      inflater.setInput(stream);
      return inflate(inflater, target.asByteBuffer(), needed);
    } finally {
      inflater.reset();
      inflaters.giveBack(inflater);
    }
  }

  private static @Nullable String inflate(Inflater inflater, ByteBuffer target, long needed) {
    byte[] more = new byte[1];
    try {
      while (!inflater.finished()) {
        boolean full = !target.hasRemaining();
        int count = full ? inflater.inflate(more) : inflater.inflate(target);
        if (full && count > 0) {
          return "its stream is longer than a grain";
        }
        if (count == 0 && !inflater.finished()) {
          return "its stream is cut short";
        }
      }
    } catch (DataFormatException e) {
      return "its stream is no zlib stream: " + e.getMessage();
    }
    if (target.position() < needed) {
      return "its stream ends after " + target.position() + " of " + needed + " bytes";
    }
    while (target.hasRemaining()) {
      target.put((byte) 0);
    }
    return null;
  }

  /** Returns how long the record of a grain is, its start included, in bytes. */
  long recordLength(long descriptor) throws IOException {
    int start = marked ? MARKED_START : UNMARKED_START;
    long position = position(descriptor);
    if (position > storage.size() - start) {
      return 0;
    }
    ByteBuffer record = storage.read(position, start).order(ByteOrder.LITTLE_ENDIAN);
    return start + Integer.toUnsignedLong(record.getInt(start - Integer.BYTES));
  }

  private CorruptImageException corrupt(long position, String problem) {
    return new CorruptImageException(storage.name(), "compressed grain", position, problem);
  }

  @Override
  public void close() {
    inflaters.close();
  }
}
