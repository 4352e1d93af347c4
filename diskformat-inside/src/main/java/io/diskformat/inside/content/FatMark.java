package io.diskformat.inside.content;

import io.diskformat.filesystem.DeviceBytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The first sector of FAT. Numbers have their lowest byte first.
 *
 * <pre>
 *  B  bytes of a sector, 16 bits        20  sectors, 32 bits
 *  D  sectors of a cluster              24  sectors of a table, 32 bits, of FAT32
 *  E  sectors before the tables          2C  first cluster of the root, 32 bits, of FAT32
 * 10  tables                            27  serial number, 32 bits; of FAT32 at 43
 * 11  entries of the root, 16 bits       2B  label, 11 bytes; of FAT32 at 47
 * 13  sectors, 16 bits                  36  "FAT"; of FAT32 at 52
 * 15  kind of medium: F0, or F8 and up
 * 16  sectors of a table, 16 bits
 * </pre>
 */
final class FatMark implements Mark {
  private static final int MOST_OF_ROOT = 64 << 10;
  private static final int ENTRY = 32;
  private static final int LABEL = 8;
  private static final int LONG_NAME = 0xF;

  @Override
  public Optional<Content> find(DeviceBytes volume) throws IOException {
    if (volume.size() < 512) {
      return Optional.empty();
    }
    ByteBuffer bytes = volume.read(0, 512, "first sector of FAT");
    if (!isSane(bytes)) {
      return Optional.empty();
    }
    boolean wide = bytes.getShort(0x16) == 0;
    int sector = Short.toUnsignedInt(bytes.getShort(0xB));
    long sectors = Short.toUnsignedInt(bytes.getShort(0x13));
    if (sectors == 0) {
      sectors = Integer.toUnsignedLong(bytes.getInt(0x20));
    }
    String label = label(volume, bytes, wide, sector);
    if (label.isEmpty()) {
      String own = Texts.untilZero(bytes, wide ? 0x47 : 0x2B, 11).stripTrailing();
      label = own.equals("NO NAME") ? "" : own;
    }
    return Optional.of(
        new Content(
            "vfat",
            label,
            Texts.serial(bytes, wide ? 0x43 : 0x27),
            OptionalLong.of(sectors * sector),
            OptionalLong.empty()));
  }

  private static boolean isSane(ByteBuffer bytes) {
    int sector = Short.toUnsignedInt(bytes.getShort(0xB));
    int medium = Byte.toUnsignedInt(bytes.get(0x15));
    boolean named =
        Texts.untilZero(bytes, 0x36, 3).equals("FAT")
            || Texts.untilZero(bytes, 0x36, 5).equals("MSDOS")
            || Texts.untilZero(bytes, 0x52, 3).equals("FAT")
            || Texts.untilZero(bytes, 0x52, 5).equals("MSWIN");
    boolean boots =
        (bytes.get(0) == (byte) 0xEB || bytes.get(0) == (byte) 0xE9)
            && bytes.getShort(510) == (short) 0xAA55;
    String maker = Texts.untilZero(bytes, 3, 8);
    String after = Texts.untilZero(bytes, 0x36, 8);
    return (named || boots)
        && !after.startsWith("JFS")
        && !after.startsWith("HPFS")
        && !maker.equals("NTFS    ")
        && !maker.equals("EXFAT   ")
        && sector >= 512
        && sector <= 4096
        && Integer.bitCount(sector) == 1
        && Integer.bitCount(Byte.toUnsignedInt(bytes.get(0xD))) == 1
        && bytes.getShort(0xE) != 0
        && bytes.get(0x10) != 0
        && (medium == 0xF0 || medium >= 0xF8);
  }

  /** Looks in the root; of FAT32, in its first cluster, where a label is as a rule. */
  private static String label(DeviceBytes volume, ByteBuffer bytes, boolean wide, int sector)
      throws IOException {
    long perTable =
        wide
            ? Integer.toUnsignedLong(bytes.getInt(0x24))
            : Short.toUnsignedInt(bytes.getShort(0x16));
    long root = Short.toUnsignedInt(bytes.getShort(0xE)) + bytes.get(0x10) * perTable;
    long length = Short.toUnsignedInt(bytes.getShort(0x11)) * (long) ENTRY;
    if (wide) {
      long perCluster = Byte.toUnsignedInt(bytes.get(0xD));
      root += (Integer.toUnsignedLong(bytes.getInt(0x2C)) - 2) * perCluster;
      length = perCluster * sector;
    }
    long position = root * sector;
    int some = (int) Math.min(length, MOST_OF_ROOT);
    if (position < 0 || position > volume.size() - some) {
      return "";
    }
    ByteBuffer entries = volume.read(position, some, "root of FAT");
    for (int at = 0; at + ENTRY <= some && entries.get(at) != 0; at += ENTRY) {
      int attributes = entries.get(at + 11);
      if (entries.get(at) != (byte) 0xE5
          && (attributes & LABEL) != 0
          && (attributes & LONG_NAME) != LONG_NAME
          && (attributes & 0x10) == 0) {
        return Texts.untilZero(entries, at, 11).stripTrailing();
      }
    }
    return "";
  }
}
