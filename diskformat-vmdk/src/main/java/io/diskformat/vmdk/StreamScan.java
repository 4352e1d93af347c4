package io.diskformat.vmdk;

import io.diskformat.CorruptImageException;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Finds the grains of a stream that has lost its tables, by going from one record to the next. Each
 * begins with a sector.
 *
 * <pre>
 * offset  size  grain                                marker of something else
 *   0       8   its first sector on the disk         how many sectors follow
 *   8       4   length of the stream                 0
 *  12       4   the stream                           0 end of stream, 1 grain table, 2 grain
 *                                                    directory, 3 footer, 4 progress
 *  16                                                zeroes
 * </pre>
 *
 * A stream that ends without saying so was cut short: what is missing could be anything.
 */
final class StreamScan {
  /** Types of markers; those of grains have none. */
  static final int END = 0;

  static final int TABLE = 1;

  static final int DIRECTORY = 2;

  static final int FOOTER = 3;
  static final int PROGRESS = 4;

  private static final int SECTOR = 512;

  /** The most grains to remember, each in 8 bytes. */
  private static final int MOST_GRAINS = 1 << 21;

  private final Storage storage;
  private final SparseHeader header;
  private final long fileSize;
  private long[] found = new long[16];
  private int count;

  private StreamScan(Storage storage, SparseHeader header) throws IOException {
    this.storage = storage;
    this.header = header;
    this.fileSize = storage.size();
  }

  /** Returns the type of a marker, or -1 if it is that of a grain. */
  static int markerType(ByteBuffer sector) {
    ByteBuffer marker = sector.order(ByteOrder.LITTLE_ENDIAN);
    return marker.getInt(8) == 0 ? marker.getInt(GrainStreams.MARKED_START) : -1;
  }

  /**
   * Returns the descriptors of all grains that are stored, as {@link GrainStreams#descriptor} packs
   * them, in the order of the disk.
   *
   * @throws CorruptImageException if the stream makes no sense, or ends early
   */
  static long[] grains(Storage storage, SparseHeader header) throws IOException {
    StreamScan scan = new StreamScan(storage, header);
    scan.run();
    long[] grains = Arrays.copyOf(scan.found, scan.count);
    Arrays.sort(grains);
    scan.requireOneEach(grains);
    return grains;
  }

  private void run() throws IOException {
    long position = start(header) << ExtentLine.SECTOR_BITS;
    while (true) {
      if (position > fileSize - SECTOR) {
        throw corrupt(position, "the stream does not end with a marker: was it cut short?");
      }
      ByteBuffer record = storage.read(position, 16).order(ByteOrder.LITTLE_ENDIAN);
      long length = Integer.toUnsignedLong(record.getInt(8));
      int type = markerType(record);
      if (type == END || type == FOOTER) {
        return;
      }
      if (type < 0) {
        add(record.getLong(0), position);
        position = position + GrainStreams.MARKED_START + length + SECTOR - 1 & -SECTOR;
      } else {
        position += skipped(record.getLong(0), type, position);
      }
    }
  }

  /** Returns at which sector the first record is, or marker. */
  static long start(SparseHeader header) {
    return Math.max(
        Math.max(1, header.overhead()),
        header.hasDescriptor() ? header.descriptor() + header.descriptorSectors() : 0);
  }

  private long skipped(long sectors, int type, long position) throws CorruptImageException {
    if (type > PROGRESS || sectors < 0 || sectors > fileSize >>> ExtentLine.SECTOR_BITS) {
      throw corrupt(position, "no marker that is known, of type " + Integer.toUnsignedLong(type));
    }
    return (1 + sectors) << ExtentLine.SECTOR_BITS;
  }

  private void add(long sector, long position) throws IOException {
    long grain = sector / header.grainSectors();
    if (sector < 0 || sector >= header.capacity() || sector % header.grainSectors() != 0) {
      throw corrupt(
          position, "a grain at sector " + Long.toUnsignedString(sector) + " of the disk");
    }
    if (count == MOST_GRAINS) {
      throw new UnsupportedFeatureException(
          storage.name(), "a stream without tables that has more than " + MOST_GRAINS + " grains");
    }
    if (position >>> ExtentLine.SECTOR_BITS > 0xffff_ffffL) {
      throw corrupt(position, "a grain beyond 2 TiB of the file");
    }
    if (count == found.length) {
      found = Arrays.copyOf(found, 2 * count);
    }
    found[count++] = GrainStreams.descriptor(grain, position >>> ExtentLine.SECTOR_BITS);
  }

  private void requireOneEach(long[] grains) throws CorruptImageException {
    for (int i = 1; i < grains.length; i++) {
      if (grains[i] >>> 32 == grains[i - 1] >>> 32) {
        throw corrupt(
            GrainStreams.position(grains[i]), "grain " + (grains[i] >>> 32) + " is stored twice");
      }
    }
  }

  private CorruptImageException corrupt(long position, String problem) {
    return new CorruptImageException(storage.name(), "marker", position, problem);
  }
}
