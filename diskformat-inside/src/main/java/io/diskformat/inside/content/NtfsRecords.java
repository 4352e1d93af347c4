package io.diskformat.inside.content;

import io.diskformat.filesystem.DeviceBytes;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * The first records of NTFS' table of files. Numbers have their lowest byte first.
 *
 * <pre>
 * record                               attribute
 *  0  "FILE"                            0  kind, 32 bits; FFFFFFFF after the last
 *  4  where what was at the ends of      4  length, 32 bits
 *     512-byte sectors is, 16 bits       8  1 if the value is elsewhere
 *  6  how many of those, 16 bits        10  size of the value, 32 bits
 * 14  first attribute, 16 bits          14  where the value is, 16 bits
 * </pre>
 *
 * @param position of the first record
 * @param size of a record
 */
record NtfsRecords(DeviceBytes volume, long position, int size) {
  private static final int VOLUME = 3;
  private static final int NAME = 0x60;
  private static final int SECTOR = 512;
  private static final int MOST = 64 << 10;

  /** Finds the table by the first sector. */
  static NtfsRecords of(DeviceBytes volume, ByteBuffer first) {
    int perCluster = first.get(0xD);
    long sectors = perCluster > 0 ? perCluster : 1L << Math.clamp(-perCluster, 0, 24);
    long cluster = sectors * Short.toUnsignedInt(first.getShort(0xB));
    int recorded = first.get(0x40);
    long size = recorded > 0 ? recorded * cluster : 1L << Math.clamp(-recorded, 0, 30);
    long table = first.getLong(0x30);
    boolean sane = size >= SECTOR && size <= MOST && table > 0 && table < volume.size() / cluster;
    return new NtfsRecords(volume, sane ? table * cluster : -1, sane ? (int) size : 0);
  }

  /** Returns the label, or nothing if there is none that makes sense. */
  String label() throws IOException {
    long at = position + (long) VOLUME * size;
    if (position < 0 || at > volume.size() - size) {
      return "";
    }
    ByteBuffer record = volume.read(at, size, "record of NTFS");
    if (!Texts.untilZero(record, 0, 4).equals("FILE") || !restore(record)) {
      return "";
    }
    int attribute = Short.toUnsignedInt(record.getShort(0x14));
    while (attribute >= 0 && attribute <= size - 0x18 && record.getInt(attribute) != -1) {
      int length = record.getInt(attribute + 4);
      if (length < 0x18 || length > size - attribute) {
        return "";
      }
      if (record.getInt(attribute) == NAME && record.get(attribute + 8) == 0) {
        int bytes = record.getInt(attribute + 0x10);
        int value = Short.toUnsignedInt(record.getShort(attribute + 0x14));
        boolean within = bytes >= 0 && value <= length && bytes <= length - value;
        return within ? Texts.utf16(record, attribute + value, bytes / 2) : "";
      }
      attribute += length;
    }
    return "";
  }

  /** Puts back what was at the ends of sectors, where a number shows whether all was written. */
  private boolean restore(ByteBuffer record) {
    int at = Short.toUnsignedInt(record.getShort(4));
    int count = Short.toUnsignedInt(record.getShort(6));
    if (count < 1 || (count - 1) * SECTOR > size || at > size - 2 * count) {
      return false;
    }
    short number = record.getShort(at);
    for (int i = 1; i < count; i++) {
      int end = i * SECTOR - 2;
      if (record.getShort(end) != number) {
        return false;
      }
      record.putShort(end, record.getShort(at + 2 * i));
    }
    return true;
  }
}
