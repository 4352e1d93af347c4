package io.diskformat.inspect;

import io.diskformat.BlockDevice;
import io.diskformat.UnsupportedFeatureException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The first sector of a disk, 512 bytes whatever the size of its sectors, in little-endian byte
 * order:
 *
 * <pre>
 *   0  the program that the BIOS starts; or the first sector of a file system
 * 440  identifier of the disk, 32 bits
 * 446  four entries, see {@link MbrEntry}
 * 510  55 AA
 * </pre>
 */
final class FirstSector {
  static final int SIZE = 512;

  private static final int AIX = 0xC1D4C2C9;
  private static final int BSD = 0x82564557;
  private static final int WINDOWS_DYNAMIC_DISK = 0x42;

  private final String name;
  private final ByteBuffer sector;
  private final List<MbrEntry> entries = new ArrayList<>();

  private FirstSector(String name, ByteBuffer sector) {
    this.name = name;
    this.sector = sector;
    for (int i = 0; i < MbrEntry.COUNT; i++) {
      entries.add(MbrEntry.of(sector, i));
    }
  }

  /** Reads the sector; beyond the end of a disk, it is zeroes. */
  static FirstSector of(BlockDevice disk) throws IOException {
    ByteBuffer sector = ByteBuffer.allocate(SIZE).order(ByteOrder.LITTLE_ENDIAN);
    disk.read(0, sector.slice(0, (int) Math.min(SIZE, disk.size())));
    return new FirstSector(disk.toString(), sector);
  }

  /**
   * Returns a sector that has been read.
   *
   * @param name of the disk in error messages
   * @param bytes 512 of them
   */
  static FirstSector of(String name, ByteBuffer bytes) {
    return new FirstSector(name, bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN));
  }

  /** Returns whether it ends as a partition table does, and is no file system's. */
  boolean mayBePartitionTable() {
    return sector.getShort(510) == (short) 0xAA55 && sector.getInt(0) != AIX && !isFileSystem();
  }

  /** Returns the four entries, used or not. */
  List<MbrEntry> entries() {
    return entries;
  }

  /** Returns the identifier of the disk, in hexadecimal digits. */
  String id() {
    return "%08x".formatted(sector.getInt(440));
  }

  /**
   * Returns whether this is a partition table, by the rules of libblkid: file systems begin with a
   * sector that ends as a partition table does.
   */
  boolean isPartitionTable() {
    return mayBePartitionTable()
        && entries.stream().allMatch(MbrEntry::hasValidFlag)
        && entries.stream().anyMatch(entry -> entry.type() != 0);
  }

  /** Refuses a table in the second sector, of a kind that is not read. */
  void refuseForeignTable(BlockDevice disk) throws IOException {
    refuseForeignTable();
    ByteBuffer mark = ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    if (disk.size() >= 2 * SIZE) {
      disk.read(SIZE, mark);
      if (mark.getInt(0) == BSD) {
        throw new UnsupportedFeatureException(name, "a BSD disklabel");
      }
    }
  }

  boolean hasGpt() {
    return entries.stream().anyMatch(entry -> entry.type() == MbrEntry.PROTECTIVE);
  }

  private boolean isFileSystem() {
    String maker = text(3, 8);
    return maker.equals("NTFS    ") || maker.equals("EXFAT   ") || isFat();
  }

  /** Returns whether the fields of a FAT file system are plausible, each of them. */
  private boolean isFat() {
    int jump = sector.get(0) & 0xFF;
    int bytesPerSector = sector.getShort(11) & 0xFFFF;
    int sectorsPerCluster = sector.get(13) & 0xFF;
    int reserved = sector.getShort(14) & 0xFFFF;
    int tables = sector.get(16) & 0xFF;
    int medium = sector.get(21) & 0xFF;
    return (jump == 0xEB || jump == 0xE9)
        && bytesPerSector >= 512
        && bytesPerSector <= 4096
        && Integer.bitCount(bytesPerSector) == 1
        && Integer.bitCount(sectorsPerCluster) == 1
        && reserved > 0
        && (tables == 1 || tables == 2)
        && (medium == 0xF0 || medium >= 0xF8);
  }

  private String text(int at, int length) {
    byte[] bytes = new byte[length];
    sector.get(at, bytes);
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  /** Refuses, by name, a table of a kind that is not read. */
  void refuseForeignTable() throws UnsupportedFeatureException {
    if (text(0, 2).equals("ER")) {
      throw new UnsupportedFeatureException(name, "an Apple partition map");
    }
    if (sector.getInt(0) == AIX) {
      throw new UnsupportedFeatureException(name, "the partitions of AIX");
    }
  }

  /** Refuses what an entry of the table stands for, if that is not read. */
  void refuseDynamicDisk() throws UnsupportedFeatureException {
    if (entries.stream().anyMatch(entry -> entry.type() == WINDOWS_DYNAMIC_DISK)) {
      throw new UnsupportedFeatureException(name, "a dynamic disk of Windows (LDM)");
    }
  }
}
