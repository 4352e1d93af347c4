package io.diskformat.vmdk;

import io.diskformat.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Lays out a new hosted sparse extent. VMware has all grain tables from the start, and so:
 *
 * <pre>
 * sector 0    header
 *        1    descriptor, if it is in here, 20 sectors; else these are zeroes
 *       21    redundant grain directory
 *             its grain tables, one after the other
 *             grain directory
 *             its grain tables
 *             zeroes up to a whole grain
 *             grains
 * </pre>
 */
final class NewSparseExtent {
  private static final int REDUNDANT_DIRECTORY =
      NewSparseHeader.DESCRIPTOR + NewSparseHeader.DESCRIPTOR_SECTORS;

  /** The size of the pieces in which a directory is written, in entries. */
  private static final int PIECE = 1 << 14;

  private final Storage storage;
  private final long sectors;
  private final int tables;
  private final int directorySectors;

  /**
   * Creates an object.
   *
   * @param storage empty
   * @param sectors the size of the extent
   */
  NewSparseExtent(Storage storage, long sectors) {
    this.storage = storage;
    this.sectors = sectors;
    this.tables = NewSparseHeader.tables(sectors);
    this.directorySectors = NewSparseHeader.directorySectors(tables);
  }

  /**
   * Writes the extent.
   *
   * @param zeroedGrains whether there may be zeroed grains
   * @param descriptor what is to be inside, or nothing
   */
  void create(boolean zeroedGrains, byte[] descriptor) throws IOException {
    long directory = directory();
    long overhead = overhead(sectors);
    NewSparseHeader header =
        new NewSparseHeader(
            sectors,
            false,
            zeroedGrains,
            descriptor.length > 0,
            REDUNDANT_DIRECTORY,
            directory,
            overhead);
    storage.resize(overhead << ExtentLine.SECTOR_BITS);
    storage.write(0, MemorySegment.ofBuffer(header.bytes()));
    storage.write(
        (long) NewSparseHeader.DESCRIPTOR << ExtentLine.SECTOR_BITS,
        MemorySegment.ofArray(descriptor));
    writeDirectory(REDUNDANT_DIRECTORY);
    writeDirectory(directory);
  }

  private long directory() {
    return REDUNDANT_DIRECTORY + directorySectors + (long) tables * NewSparseHeader.TABLE_SECTORS;
  }

  /** Returns how many sectors come before the first grain of a new extent of some sectors. */
  static long overhead(long sectors) {
    int tables = NewSparseHeader.tables(sectors);
    long directory =
        NewSparseHeader.directorySectors(tables) + (long) tables * NewSparseHeader.TABLE_SECTORS;
    return NewSparseHeader.aligned(REDUNDANT_DIRECTORY + 2 * directory);
  }

  private void writeDirectory(long sector) throws IOException {
    long position = sector << ExtentLine.SECTOR_BITS;
    long table = sector + directorySectors;
    for (int first = 0; first < tables; first += PIECE) {
      int count = Math.min(PIECE, tables - first);
      ByteBuffer entries =
          ByteBuffer.allocate(count * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
      for (int i = 0; i < count; i++) {
        entries.putInt(i * Integer.BYTES, (int) (table + (long) i * NewSparseHeader.TABLE_SECTORS));
      }
      storage.write(position, MemorySegment.ofBuffer(entries));
      position += entries.capacity();
      table += (long) count * NewSparseHeader.TABLE_SECTORS;
    }
  }
}
