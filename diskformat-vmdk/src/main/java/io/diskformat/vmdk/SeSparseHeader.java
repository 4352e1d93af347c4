package io.diskformat.vmdk;

import io.diskformat.CorruptImageException;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The two headers of a space-efficient sparse extent, of which a reader needs to know where the
 * tables are and that nothing waits in the journal. Numbers have 64 bits, the lowest byte first,
 * and count sectors.
 *
 * <pre>
 * offset  constant header                    offset  volatile header, where the other one says
 *   0     mark, 0xcafebabe                     0     mark, 0xcafecafe
 *   8     version, 2 &lt;&lt; 32 | 1                  8     first grain table that is free
 *  16     size of the disk                    16     number of the next transaction
 *  24     grain size, 8                       24     not 0 if the journal is to be replayed
 *  32     size of a grain table, 64
 *  40     flags, 0
 *  48     4 of 0
 *  80     where the volatile header is, and its size
 *  96     the journal's header
 * 112     the journal
 * 128     the grain directory
 * 144     the grain tables
 * 160     what is free
 * 176     from places to grains
 * 192     the grains
 * </pre>
 *
 * @param capacity the size of the disk, in sectors
 * @param directory where the directory begins in the file, in bytes
 * @param directoryEntries how many entries it has
 * @param tables where the first grain table begins, in bytes
 * @param tablesLength how many bytes all of them have
 * @param grains where the first grain begins, in bytes
 * @param grainsLength how many bytes all of them have
 */
record SeSparseHeader(
    long capacity,
    long directory,
    long directoryEntries,
    long tables,
    long tablesLength,
    long grains,
    long grainsLength) {
  /** Log2 of the size of a grain in bytes. */
  static final int GRAIN_BITS = 12;

  /** Log2 of how many entries a grain table has. */
  static final int TABLE_BITS = 12;

  /** Log2 of the size of a grain table in bytes. */
  static final int TABLE_SIZE_BITS = 15;

  static final long MARK = 0xcafe_babeL;

  private static final long VOLATILE_MARK = 0xcafe_cafeL;
  private static final long VERSION = 2L << 32 | 1;
  private static final int LENGTH = 208;

  /**
   * The parts of the file, whose positions and lengths are recorded from {@link #FIRST_PART} on.
   */
  private static final List<String> PARTS =
      List.of(
          "volatile header",
          "journal header",
          "journal",
          "grain directory",
          "grain tables",
          "bitmap of what is free",
          "backmap",
          "grains");

  private static final int FIRST_PART = 80;
  private static final int VOLATILE_LENGTH = 32;

  /** The most sectors of a file, so that each place fits a location. */
  private static final long MOST_SECTORS = 1L << 45;

  /** Reads both headers. */
  static SeSparseHeader read(Storage storage) throws IOException {
    ByteBuffer fields = fields(storage, 0, LENGTH, MARK);
    if (fields.getLong(8) != VERSION) {
      throw new UnsupportedFeatureException(
          storage.name(),
          "seSparse version " + fields.getInt(12) + "." + Integer.toUnsignedLong(fields.getInt(8)));
    }
    if (fields.getLong(40) != 0) {
      throw new UnsupportedFeatureException(
          storage.name(), "seSparse flags 0x" + Long.toHexString(fields.getLong(40)));
    }
    require(storage, fields, "grain size", 24, 1L << (GRAIN_BITS - ExtentLine.SECTOR_BITS));
    require(storage, fields, "grain table size", 32, 64);
    for (int reserved = 48; reserved < 80; reserved += Long.BYTES) {
      require(storage, fields, "reserved field", reserved, 0);
    }
    requireClean(storage, place(storage, fields, 80));
    long directoryLength = place(storage, fields, 136);
    SeSparseHeader header =
        new SeSparseHeader(
            place(storage, fields, 16) >>> ExtentLine.SECTOR_BITS,
            place(storage, fields, 128),
            directoryLength / Long.BYTES,
            place(storage, fields, 144),
            place(storage, fields, 152),
            place(storage, fields, 192),
            place(storage, fields, 200));
    header.check(storage);
    return header;
  }

  /**
   * Returns the parts of the file that the header names, each by its name: where it begins, and how
   * long it is, in bytes.
   */
  static Map<String, long[]> parts(Storage storage) throws IOException {
    ByteBuffer fields = fields(storage, 0, LENGTH, MARK);
    Map<String, long[]> parts = new LinkedHashMap<>();
    parts.put("constant header", new long[] {0, LENGTH});
    for (int i = 0; i < PARTS.size(); i++) {
      int at = FIRST_PART + 2 * Long.BYTES * i;
      parts.put(
          PARTS.get(i),
          new long[] {place(storage, fields, at), place(storage, fields, at + Long.BYTES)});
    }
    return parts;
  }

  private static ByteBuffer fields(Storage storage, long position, int length, long mark)
      throws IOException {
    if (position > storage.size() - length) {
      throw corrupt(storage, position, "is beyond the end of the file: was it cut short?");
    }
    ByteBuffer fields = storage.read(position, length).order(ByteOrder.LITTLE_ENDIAN);
    if (fields.getLong(0) != mark) {
      throw corrupt(storage, position, "does not begin with 0x" + Long.toHexString(mark));
    }
    return fields;
  }

  private static void require(
      Storage storage, ByteBuffer fields, String what, int position, long expected)
      throws UnsupportedFeatureException {
    if (fields.getLong(position) != expected) {
      throw new UnsupportedFeatureException(
          storage.name(),
          "seSparse " + what + " " + Long.toUnsignedString(fields.getLong(position)));
    }
  }

  private static void requireClean(Storage storage, long position) throws IOException {
    ByteBuffer fields = fields(storage, position, VOLATILE_LENGTH, VOLATILE_MARK);
    if (fields.getLong(24) != 0) {
      throw new UnsupportedFeatureException(
          storage.name(), "a seSparse extent whose journal is to be replayed");
    }
  }

  private static long place(Storage storage, ByteBuffer fields, int position)
      throws CorruptImageException {
    long sectors = fields.getLong(position);
    if (sectors < 0 || sectors > MOST_SECTORS) {
      throw corrupt(
          storage, 0, "says " + Long.toUnsignedString(sectors) + " sectors at byte " + position);
    }
    return sectors << ExtentLine.SECTOR_BITS;
  }

  private void check(Storage storage) throws IOException {
    long tableSectors = 1L << (GRAIN_BITS + TABLE_BITS - ExtentLine.SECTOR_BITS);
    if (directoryEntries < (capacity + tableSectors - 1) / tableSectors) {
      throw corrupt(
          storage,
          0,
          "says a directory of "
              + directoryEntries
              + " entries for a disk of "
              + capacity
              + " sectors");
    }
    if (directory + directoryEntries * Long.BYTES > storage.size()) {
      throw corrupt(storage, 0, "says a directory that ends beyond the end of the file");
    }
  }

  private static CorruptImageException corrupt(Storage storage, long position, String problem) {
    return new CorruptImageException(storage.name(), "seSparse header", position, problem);
  }

  /** Returns the size of the disk, in bytes. */
  long size() {
    return capacity << ExtentLine.SECTOR_BITS;
  }
}
