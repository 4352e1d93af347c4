package io.diskformat.inside.content;

import io.diskformat.filesystem.DeviceBytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * The first records of NTFS' table of files. Numbers have their lowest byte first.
 *
 * <pre>
 * record                               attribute
 *  0  "FILE"                            0  kind, 32 bits; FFFFFFFF after the last
 *  4  where what was at the ends of      4  length, 32 bits
 *     512-byte sectors is, 16 bits       8  1 if the value is elsewhere
 *  6  how many of those, 16 bits         9  length of its name
 * 14  first attribute, 16 bits          10  size of the value, 32 bits
 *                                       14  where the value is, 16 bits
 *                                       20  of one elsewhere: where its runs are, 16 bits
 * run
 *  0  how many bytes the count has; in the upper four bits, how many the start has
 *  1  count of clusters, then where they begin, counted from where those before do
 * </pre>
 *
 * @param position of the first record
 * @param size of a record
 * @param cluster how large one is, in bytes
 */
record NtfsRecords(DeviceBytes volume, long position, int size, long cluster) {
  private static final int VOLUME = 3;
  private static final int BITMAP = 6;
  private static final int NAME = 0x60;
  private static final int DATA = 0x80;

  /** As much as a volume of 1 TiB has. */
  private static final long MOST_BITMAP = 32 << 20;

  private static final int PIECE = 1 << 16;
  private static final int SECTOR = 512;

  /** Of a cluster; larger numbers stand for powers of two. */
  private static final int MOST_SECTORS = 0x80;

  private static final int MOST = 64 << 10;

  /** Finds the table by the first sector. */
  static NtfsRecords of(DeviceBytes volume, ByteBuffer first) {
    int perCluster = Byte.toUnsignedInt(first.get(0xD));
    long sectors =
        perCluster <= MOST_SECTORS ? perCluster : 1L << Math.clamp(0x100 - perCluster, 0, 24);
    long cluster = sectors * Short.toUnsignedInt(first.getShort(0xB));
    int recorded = first.get(0x40);
    long size = recorded > 0 ? recorded * cluster : 1L << Math.clamp(-recorded, 0, 30);
    long table = first.getLong(0x30);
    boolean sane = size >= SECTOR && size <= MOST && table > 0 && table < volume.size() / cluster;
    return new NtfsRecords(volume, sane ? table * cluster : -1, sane ? (int) size : 0, cluster);
  }

  /** Returns a record, or null if there is none that makes sense. */
  private @Nullable ByteBuffer record(int number) throws IOException {
    long at = position + (long) number * size;
    if (position < 0 || at > volume.size() - size) {
      return null;
    }
    ByteBuffer record = volume.read(at, size, "record of NTFS");
    return Texts.untilZero(record, 0, 4).equals("FILE") && restore(record) ? record : null;
  }

  /** Returns where the first attribute of a kind without a name is, or -1 if there is none. */
  private int find(ByteBuffer record, int kind, boolean elsewhere) {
    int attribute = Short.toUnsignedInt(record.getShort(0x14));
    while (attribute >= 0 && attribute <= size - 0x18 && record.getInt(attribute) != -1) {
      int length = record.getInt(attribute + 4);
      if (length < 0x18 || length > size - attribute) {
        return -1;
      }
      if (record.getInt(attribute) == kind
          && (record.get(attribute + 8) != 0) == elsewhere
          && record.get(attribute + 9) == 0) {
        return attribute;
      }
      attribute += length;
    }
    return -1;
  }

  /** Returns the label, or nothing if there is none that makes sense. */
  String label() throws IOException {
    ByteBuffer record = record(VOLUME);
    int attribute = record == null ? -1 : find(record, NAME, false);
    if (record == null || attribute < 0) {
      return "";
    }
    int length = record.getInt(attribute + 4);
    int bytes = record.getInt(attribute + 0x10);
    int value = Short.toUnsignedInt(record.getShort(attribute + 0x14));
    boolean within = bytes >= 0 && value <= length && bytes <= length - value;
    return within ? Texts.utf16(record, attribute + value, bytes / 2) : "";
  }

  /**
   * Counts the clusters that are in use, by the file that has a bit for each.
   *
   * @param clusters of the volume
   * @return nothing if that makes no sense, or is so large that it takes time
   */
  OptionalLong used(long clusters) throws IOException {
    ByteBuffer record = record(BITMAP);
    int attribute = record == null ? -1 : find(record, DATA, true);
    long length = Math.ceilDiv(clusters, Byte.SIZE);
    if (record == null || attribute < 0 || length > MOST_BITMAP || attribute > size - 0x40) {
      return OptionalLong.empty();
    }
    int end = attribute + record.getInt(attribute + 4);
    int at = attribute + Short.toUnsignedInt(record.getShort(attribute + 0x20));
    long from = 0;
    long done = 0;
    long used = 0;
    while (done < length && at < end && record.get(at) != 0) {
      int sizes = record.get(at);
      int ofCount = sizes & 0xF;
      int ofStart = (sizes >> 4) & 0xF;
      if (at + 1 + ofCount + ofStart > end || ofCount < 1 || ofStart < 1) {
        return OptionalLong.empty();
      }
      long count = number(record, at + 1, ofCount);
      from += number(record, at + 1 + ofCount, ofStart);
      if (count < 1 || from < 1 || from > clusters || count > clusters - from) {
        return OptionalLong.empty();
      }
      long some = Math.min(length - done, count * cluster);
      used += countBits(from * cluster, some, clusters - done * Byte.SIZE);
      done += some;
      at += 1 + ofCount + ofStart;
    }
    return done < length ? OptionalLong.empty() : OptionalLong.of(used);
  }

  /** Reads a number of some bytes, of which the highest has the sign. */
  private static long number(ByteBuffer bytes, int at, int length) {
    long number = 0;
    for (int i = 0; i < Math.min(length, Long.BYTES); i++) {
      number |= Byte.toUnsignedLong(bytes.get(at + i)) << (i * Byte.SIZE);
    }
    int unused = Long.SIZE - Math.min(length, Long.BYTES) * Byte.SIZE;
    return number << unused >> unused;
  }

  /** Counts bits that are set, of which those behind the last cluster do not count. */
  private long countBits(long position, long length, long bits) throws IOException {
    long count = 0;
    for (long done = 0; done < length; done += PIECE) {
      int some = (int) Math.min(PIECE, length - done);
      if (position > volume.size() - some - done) {
        return 0;
      }
      ByteBuffer piece = volume.read(position + done, some, "bitmap of NTFS");
      for (int i = 0; i < some; i++) {
        long left = bits - (done + i) * Byte.SIZE;
        int mask = left >= Byte.SIZE ? 0xFF : (1 << Math.max(left, 0)) - 1;
        count += Integer.bitCount(piece.get(i) & mask);
      }
    }
    return count;
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
