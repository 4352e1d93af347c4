package io.diskformat.vmdk;

import io.diskformat.BlockDevice;
import io.diskformat.CorruptImageException;
import io.diskformat.layer.GuestMap;
import io.diskformat.layer.LayeredDevice;
import io.diskformat.layer.Location;
import io.diskformat.storage.Storage;
import io.diskformat.table.MappedTable;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * The tables of a space-efficient sparse extent: guest offset, grain directory, grain table.
 *
 * <pre>
 * grain directory: an entry of 64 bits, the lowest byte first, for each grain table
 *
 *   0                 no such table
 *   0x10000000nnnnnnnn  the grain table number n of the file
 *
 * grain table: 4096 entries of 64 bits
 *
 *   0                 not stored: reads as the parent has it, or as zeroes
 *   0x1...            given back by the guest: reads as zeroes
 *   0x2...            reads as zeroes
 *   0x3lllhhhhhhhhhhhh  the grain number h &lt;&lt; 12 | l of the file
 * </pre>
 */
final class SeSparseMap extends GuestMap {
  private static final long GRAIN_MASK = (1L << SeSparseHeader.GRAIN_BITS) - 1;
  private static final long TABLE_MASK = (1L << SeSparseHeader.TABLE_BITS) - 1;
  private static final int ENTRY_BITS = 3;
  private static final long TABLE_MARK = 0x1000_0000L;

  private static final int UNMAPPED = 1;
  private static final int ZEROED = 2;
  private static final int STORED = 3;

  private final Storage storage;
  private final MappedTable directory;
  private final MappedTable tables;
  private final SeSparseHeader header;

  private SeSparseMap(Storage storage, SeSparseHeader header) {
    super(1L << SeSparseHeader.GRAIN_BITS, 1L << SeSparseHeader.GRAIN_BITS);
    this.storage = storage;
    this.directory = new MappedTable(storage, null, "grain directory entry");
    this.tables = new MappedTable(storage, null, "grain table entry");
    this.header = header;
  }

  /**
   * Opens an extent, whose storage stays open when it is closed.
   *
   * @param below read where the extent stores nothing; null for zeroes
   */
  static BlockDevice open(Storage storage, @Nullable BlockDevice below) throws IOException {
    SeSparseHeader header = SeSparseHeader.read(storage);
    return new LayeredDevice(
        storage.name(), header.size(), new SeSparseMap(storage, header), storage, below);
  }

  @Override
  public long locate(long offset) throws IOException {
    long grain = offset >>> SeSparseHeader.GRAIN_BITS;
    long table = table(grain);
    if (table < 0) {
      return Location.of(Location.HOLE);
    }
    long position = table + ((grain & TABLE_MASK) << ENTRY_BITS);
    long entry = tables.littleEndianLong(position);
    if (isStored(entry)) {
      long number = grain(entry);
      if (number >= header.grainsLength() >>> SeSparseHeader.GRAIN_BITS) {
        throw corrupt("grain table entry", position, "names grain " + number + " of the file");
      }
      return Location.of(
          Location.DATA,
          header.grains() + (number << SeSparseHeader.GRAIN_BITS) + (offset & GRAIN_MASK));
    }
    if (entry == 0) {
      return Location.of(Location.HOLE);
    }
    if (!isZero(entry)) {
      throw corrupt("grain table entry", position, "is 0x" + Long.toHexString(entry));
    }
    return Location.of(Location.ZERO);
  }

  /** Returns where a grain's table begins in the file, or -1 if there is none. */
  private long table(long grain) throws IOException {
    long position = header.directory() + (grain >>> SeSparseHeader.TABLE_BITS << ENTRY_BITS);
    long entry = directory.littleEndianLong(position);
    if (entry == 0) {
      return -1;
    }
    if (!isTable(entry, header)) {
      throw corrupt("grain directory entry", position, "is 0x" + Long.toHexString(entry));
    }
    return header.tables() + (tableNumber(entry) << SeSparseHeader.TABLE_SIZE_BITS);
  }

  // What entries mean

  /** Returns whether an entry of a directory, not 0, is that of a table that there can be. */
  static boolean isTable(long entry, SeSparseHeader header) {
    return entry >>> 32 == TABLE_MARK
        && tableNumber(entry) < header.tablesLength() >>> SeSparseHeader.TABLE_SIZE_BITS;
  }

  /** Returns which of the file's tables an entry of a directory means. */
  static long tableNumber(long entry) {
    return entry & 0xffff_ffffL;
  }

  /** Returns whether an entry of a table says that its grain is stored. */
  static boolean isStored(long entry) {
    return entry >>> 60 == STORED;
  }

  /** Returns which of the file's grains an entry of a table means, if that is stored. */
  static long grain(long entry) {
    return (entry & 0x0fff_0000_0000_0000L) >>> 48 | (entry & 0xffff_ffff_ffffL) << 12;
  }

  /** Returns whether an entry of a table says that its grain reads as zeroes. */
  static boolean isZero(long entry) {
    return entry >>> 60 == UNMAPPED || entry >>> 60 == ZEROED;
  }

  @Override
  public long holeLength(long offset) throws IOException {
    if (table(offset >>> SeSparseHeader.GRAIN_BITS) >= 0) {
      return super.holeLength(offset);
    }
    long coverage = 1L << (SeSparseHeader.GRAIN_BITS + SeSparseHeader.TABLE_BITS);
    return coverage - (offset & coverage - 1);
  }

  private CorruptImageException corrupt(String structure, long position, String problem) {
    return new CorruptImageException(storage.name(), structure, position, problem);
  }

  @Override
  public String unitName() {
    return "grain";
  }
}
