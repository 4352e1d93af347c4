package io.diskformat.inside.fat;

import io.diskformat.CorruptImageException;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.filesystem.DeviceBytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The first sector of FAT, which says where everything is. Numbers have their lowest byte first.
 *
 * <pre>
 *  B  bytes of a sector, 16 bits        20  sectors, 32 bits
 *  D  sectors of a cluster              24  sectors of a table, 32 bits, of FAT32
 *  E  sectors before the tables         28  which table counts, 16 bits, of FAT32
 * 10  tables                            2A  version, 16 bits, of FAT32
 * 11  entries of the root, 16 bits      2C  first cluster of the root, 32 bits, of FAT32
 * 13  sectors, 16 bits                  30  sector of free space, 16 bits, of FAT32
 * 15  kind of medium: F0, or F8 and up  2B  label, 11 bytes; of FAT32 at 47
 * 16  sectors of a table, 16 bits       36  "FAT"; of FAT32 at 52
 * </pre>
 *
 * Behind the tables is the root of FAT12 and FAT16, and behind that are the clusters, the first of
 * which is number 2. Their count decides between FAT12 and FAT16. What has no size of its tables in
 * 16 bits can only be FAT32, however few clusters it has; {@code mkfs.fat} makes such volumes.
 *
 * @param bytes the sector's first 512 bytes
 * @param kind of the tables
 * @param sectorSize in bytes
 * @param clusterSize in bytes
 * @param sectors of the file system
 * @param tableAt where the table is that counts, in bytes
 * @param tableSize in bytes
 * @param rootAt where the root of FAT12 and FAT16 is, in bytes
 * @param rootSize of that, in bytes
 * @param rootCluster the first one of the root of FAT32, or 0
 * @param dataAt where cluster 2 is, in bytes
 * @param clusters how many there are
 */
public record BootSector(
    ByteBuffer bytes,
    TableKind kind,
    int sectorSize,
    int clusterSize,
    long sectors,
    long tableAt,
    long tableSize,
    long rootAt,
    int rootSize,
    long rootCluster,
    long dataAt,
    int clusters) {
  /** The length of the part that is always there, in bytes. */
  static final int SIZE = 512;

  /** The number of the first cluster. */
  static final int FIRST_CLUSTER = 2;

  private static final String NAME = "first sector of FAT";
  private static final int ENTRY = 32;
  private static final int LEAST_OF_FAT16 = 4085;
  private static final int LEAST_OF_FAT32 = 65_525;

  /** The greatest number of a cluster: greater ones are marks. */
  private static final long MOST_CLUSTERS = 0x0FFF_FFF5;

  private static final int NO_MIRRORS = 0x80;

  /**
   * Returns whether a volume bears the mark of FAT. Never throws because of what the volume holds.
   *
   * @throws IOException if it cannot be read
   */
  public static boolean isMarked(DeviceBytes volume) throws IOException {
    return volume.size() >= SIZE && isSane(volume.read(0, SIZE, NAME));
  }

  private static boolean isSane(ByteBuffer bytes) {
    int sector = unsigned(bytes, 0xB);
    int medium = Byte.toUnsignedInt(bytes.get(0x15));
    boolean named =
        has(bytes, 0x36, "FAT")
            || has(bytes, 0x36, "MSDOS")
            || has(bytes, 0x52, "FAT")
            || has(bytes, 0x52, "MSWIN");
    boolean boots =
        (bytes.get(0) == (byte) 0xEB || bytes.get(0) == (byte) 0xE9)
            && bytes.getShort(510) == (short) 0xAA55;
    return (named || boots)
        && !has(bytes, 0x36, "JFS")
        && !has(bytes, 0x36, "HPFS")
        && !has(bytes, 3, "NTFS    ")
        && !has(bytes, 3, "EXFAT   ")
        && sector >= 512
        && sector <= 4096
        && Integer.bitCount(sector) == 1
        && Integer.bitCount(Byte.toUnsignedInt(bytes.get(0xD))) == 1
        && bytes.getShort(0xE) != 0
        && bytes.get(0x10) != 0
        && (medium == 0xF0 || medium >= 0xF8);
  }

  private static boolean has(ByteBuffer bytes, int at, String mark) {
    byte[] field = new byte[mark.length()];
    bytes.get(at, field);
    return new String(field, StandardCharsets.ISO_8859_1).equals(mark);
  }

  private static int unsigned(ByteBuffer bytes, int at) {
    return Short.toUnsignedInt(bytes.getShort(at));
  }

  /**
   * Reads what a volume says of itself.
   *
   * @throws CorruptImageException if that cannot be
   * @throws UnsupportedFeatureException if it is of a version that nobody has described
   * @throws IOException if it cannot be read
   */
  public static BootSector read(DeviceBytes volume) throws IOException {
    ByteBuffer bytes = volume.read(0, SIZE, NAME);
    if (!isSane(bytes)) {
      throw corrupt(volume, "has fields that cannot be");
    }
    boolean wide = bytes.getShort(0x16) == 0;
    long perTable = wide ? Integer.toUnsignedLong(bytes.getInt(0x24)) : unsigned(bytes, 0x16);
    long sectors = sectors(bytes);
    int sector = unsigned(bytes, 0xB);
    int perCluster = Byte.toUnsignedInt(bytes.get(0xD));
    int rootSize = unsigned(bytes, 0x11) * ENTRY;
    long reserved = unsigned(bytes, 0xE);
    int tables = Byte.toUnsignedInt(bytes.get(0x10));
    long root = reserved + tables * perTable;
    long data = root + (rootSize + sector - 1) / sector;
    long clusters = (sectors - data) / perCluster;
    if (perTable == 0 || clusters < 1 || clusters > MOST_CLUSTERS) {
      throw corrupt(
          volume,
          "has " + sectors + " sectors, tables of " + perTable + ", and files from " + data);
    }
    if (!wide && clusters >= LEAST_OF_FAT32) {
      throw corrupt(volume, "has " + clusters + " clusters, too many for FAT16");
    }
    TableKind kind = TableKind.FAT32;
    if (!wide) {
      kind = clusters < LEAST_OF_FAT16 ? TableKind.FAT12 : TableKind.FAT16;
    } else if (bytes.getShort(0x2A) != 0) {
      throw new UnsupportedFeatureException(
          volume.name(), "FAT32 of version " + unsigned(bytes, 0x2A));
    }
    int flags = wide ? unsigned(bytes, 0x28) : 0;
    int counts = (flags & NO_MIRRORS) != 0 ? flags & 0xF : 0;
    if (counts >= tables) {
      throw corrupt(volume, "says that table " + counts + " counts, of " + tables);
    }
    long tableSize = perTable * sector;
    // Clusters without an entry in the table do not count.
    clusters = Math.min(clusters, kind.entriesIn(tableSize) - FIRST_CLUSTER);
    return new BootSector(
        bytes,
        kind,
        sector,
        sector * perCluster,
        sectors,
        (reserved + counts * perTable) * sector,
        tableSize,
        root * sector,
        rootSize,
        wide ? Integer.toUnsignedLong(bytes.getInt(0x2C)) : 0,
        data * sector,
        (int) clusters);
  }

  private static long sectors(ByteBuffer bytes) {
    int few = unsigned(bytes, 0x13);
    return few == 0 ? Integer.toUnsignedLong(bytes.getInt(0x20)) : few;
  }

  private static CorruptImageException corrupt(DeviceBytes volume, String problem) {
    return volume.corrupt(NAME, 0, problem);
  }

  /** Returns where the tables are that are kept up to date, in bytes, each whole. */
  List<Long> tables() {
    if (kind == TableKind.FAT32 && (unsigned(bytes, 0x28) & NO_MIRRORS) != 0) {
      return List.of(tableAt);
    }
    List<Long> tables = new ArrayList<>();
    for (int i = 0; i < Byte.toUnsignedInt(bytes.get(0x10)); i++) {
      tables.add(unsigned(bytes, 0xE) * (long) sectorSize + i * tableSize);
    }
    return tables;
  }

  /** Returns the cluster that a byte among those of files is in. */
  int clusterAt(long position) {
    return (int) ((position - dataAt) / clusterSize) + FIRST_CLUSTER;
  }

  /** Returns the size of the file system in bytes. */
  public long size() {
    return sectors * sectorSize;
  }

  /** Returns the serial number. */
  public int serial() {
    return bytes.getInt(kind == TableKind.FAT32 ? 0x43 : 0x27);
  }

  /** Returns where a cluster is, in bytes. */
  long position(int cluster) {
    return dataAt + (cluster - FIRST_CLUSTER) * (long) clusterSize;
  }

  /** Returns whether there is a cluster of that number. */
  boolean hasCluster(long number) {
    return number >= FIRST_CLUSTER && number < FIRST_CLUSTER + (long) clusters;
  }
}
