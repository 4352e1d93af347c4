package io.diskformat.vmdk;

import io.diskformat.BlockDevice;
import io.diskformat.CorruptImageException;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.storage.Storage;
import io.diskformat.table.MetadataPages;
import io.diskformat.table.Word;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * A COWD extent, ESX's for snapshots, of whose header little is needed. Numbers have their lowest
 * byte first; the tables are as in a {@link GrainMap}.
 *
 * <pre>
 * offset  size  field
 *   0       4   mark, "COWD"
 *   4       4   version, 1
 *   8       4   flags, 3
 *  12       4   size of the disk in sectors
 *  16       4   grain size in sectors, a power of two
 *  20       4   sector of the grain directory
 *  24       4   how many entries that has
 *  28       4   first sector that is free
 *  32    1616   who the extent and its parent are, for who makes it
 * 1648       4   1 while the extent is written
 * 1652     396   zeroes
 * </pre>
 */
final class CowdExtent {
  static final int MARK = 0x4457_4f43;

  /** How much of the header is read, in bytes. */
  private static final int LENGTH = 32;

  /** Log2 of how many entries a grain table has. */
  static final int TABLE_BITS = 12;

  private CowdExtent() {}

  /**
   * Opens an extent, whose storage stays open when it is closed.
   *
   * @param below read where the extent stores nothing; null for zeroes
   * @param writable whether it is opened for writing
   */
  static SparseExtent open(Storage storage, @Nullable BlockDevice below, boolean writable)
      throws IOException {
    Header header = Header.read(storage);
    GrainMap.Layout layout =
        new GrainMap.Layout(header.directory, header.grainBits(), TABLE_BITS, false);
    if (!writable) {
      return SparseExtent.of(
          storage, header.size(), new GrainMap(storage, layout, null), below, null);
    }
    SparseHeader.requireWritableGrain(storage, header.grain);
    MetadataPages pages =
        new MetadataPages(storage, Word.LITTLE_ENDIAN_32, 1L << ExtentLine.SECTOR_BITS);
    GrainMap map = GrainMap.writable(storage, layout, pages);
    CowdFields written = new CowdFields(storage);
    GrainTables tables = new GrainTables(storage, map, pages, header.entries, 0);
    SparseWriter writer = new SparseWriter(storage, written, map, tables, below != null);
    return SparseExtent.of(storage, header.size(), map, below, writer);
  }

  /** Returns the tables of an extent, for maintenance. */
  static ExtentTables tables(Storage storage) throws IOException {
    Header header = Header.read(storage);
    ExtentTables.Shape shape =
        new ExtentTables.Shape(
            header.size(),
            1L << header.grainBits(),
            1L << TABLE_BITS,
            header.entries,
            false,
            CowdFields.HEADER_LENGTH,
            0,
            CowdFields.HEADER_LENGTH);
    return new ExtentTables(storage, shape, header.directory);
  }

  /**
   * What the header says.
   *
   * @param capacity the size of the disk, in sectors
   * @param grain the size of a grain, in sectors
   * @param directory where that begins, in bytes
   * @param entries how many entries it has
   */
  private record Header(long capacity, long grain, long directory, long entries) {
    long size() {
      return capacity << ExtentLine.SECTOR_BITS;
    }

    int grainBits() {
      return Long.numberOfTrailingZeros(grain) + ExtentLine.SECTOR_BITS;
    }

    static Header read(Storage storage) throws IOException {
      if (storage.size() < LENGTH) {
        throw corrupt(storage, "needs " + LENGTH + " bytes, but the file has " + storage.size());
      }
      ByteBuffer fields = storage.read(0, LENGTH).order(ByteOrder.LITTLE_ENDIAN);
      if (fields.getInt(0) != MARK) {
        throw corrupt(storage, "does not begin with \"COWD\"");
      }
      int version = fields.getInt(4);
      if (version != 1) {
        throw new UnsupportedFeatureException(
            storage.name(), "COWD version " + Integer.toUnsignedString(version));
      }
      long capacity = number(fields, 12);
      long grain = number(fields, 16);
      if (!SparseHeader.isPowerOfTwo(grain, SparseHeader.LARGEST_GRAIN)) {
        throw corrupt(storage, "says grains of " + grain + " sectors");
      }
      long directory = number(fields, 20) << ExtentLine.SECTOR_BITS;
      long entries = number(fields, 24);
      long tableSectors = grain << TABLE_BITS;
      if (entries < (capacity + tableSectors - 1) / tableSectors) {
        throw corrupt(
            storage,
            "says a directory of " + entries + " entries for a disk of " + capacity + " sectors");
      }
      if (directory + (entries << GrainMap.ENTRY_BITS) > storage.size()) {
        throw corrupt(storage, "says a directory that ends beyond the end of the file");
      }
      return new Header(capacity, grain, directory, entries);
    }
  }

  private static long number(ByteBuffer fields, int position) {
    return Integer.toUnsignedLong(fields.getInt(position));
  }

  private static CorruptImageException corrupt(Storage storage, String problem) {
    return new CorruptImageException(storage.name(), "COWD header", 0, problem);
  }
}
