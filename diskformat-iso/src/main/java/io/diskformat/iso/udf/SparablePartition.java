package io.diskformat.iso.udf;

import io.diskformat.filesystem.ByteRange;
import io.diskformat.filesystem.DeviceBytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.TreeMap;

/**
 * A partition of which packets that went bad are kept elsewhere, as a table says.
 *
 * <pre>
 * map                                     table
 *  40  2  blocks of a packet               16  32  "*UDF Sparing Table"
 *  42  1  number of tables                 48   2  number of entries
 *  44  4  length of a table, in bytes      56      entries: 4 packet of the partition, by its first
 *  48  4  block of each                            block, 4 block on the disc that it is at
 * </pre>
 */
final class SparablePartition implements Partition {
  private static final int PACKET = 40;
  private static final int TABLES = 42;
  private static final int TABLE_LENGTH = 44;
  private static final int TABLE_BLOCKS = 48;
  private static final String IDENTIFIER = "*UDF Sparing Table";
  private static final int IDENTIFIER_AT = 17;
  private static final int ENTRY_COUNT = 48;
  private static final int ENTRIES = 56;

  /** Entries from here on say that a packet is free, or bad itself. */
  private static final long FIRST_SPECIAL = 0xfffffff0L;

  private final Partition.Physical partition;
  private final long packet;
  private final TreeMap<Long, Long> moved = new TreeMap<>();

  private SparablePartition(Partition.Physical partition, long packet) {
    this.partition = partition;
    this.packet = packet;
  }

  static SparablePartition of(Partition.Physical partition, ByteBuffer map) throws IOException {
    DeviceBytes disc = partition.disc();
    int packet = Short.toUnsignedInt(map.getShort(PACKET));
    if (packet == 0) {
      throw disc.corrupt("partition map of UDF", -1, "says packets of no blocks");
    }
    SparablePartition result = new SparablePartition(partition, packet);
    int tables = Math.min(Byte.toUnsignedInt(map.get(TABLES)), 4);
    for (int i = 0; i < tables; i++) {
      long block = Integer.toUnsignedLong(map.getInt(TABLE_BLOCKS + 4 * i));
      if (result.readTable(block * partition.blockSize(), map.getInt(TABLE_LENGTH))) {
        return result;
      }
    }
    throw disc.corrupt("partition map of UDF", -1, "names no table of packets that is whole");
  }

  private boolean readTable(long position, int length) throws IOException {
    DeviceBytes disc = partition.disc();
    if (length < ENTRIES || position > disc.size() - length) {
      return false;
    }
    ByteBuffer head = disc.read(position, ENTRIES, "table of packets");
    if (Tag.of(head) != 0 || !isTable(head)) {
      return false;
    }
    int entries = Math.min(Short.toUnsignedInt(head.getShort(ENTRY_COUNT)), (length - ENTRIES) / 8);
    ByteBuffer table = disc.read(position + ENTRIES, 8 * entries, "table of packets");
    for (int i = 0; i < entries; i++) {
      long from = Integer.toUnsignedLong(table.getInt(8 * i));
      if (from < FIRST_SPECIAL) {
        moved.put(from, Integer.toUnsignedLong(table.getInt(8 * i + 4)));
      }
    }
    return true;
  }

  private static boolean isTable(ByteBuffer head) {
    for (int i = 0; i < IDENTIFIER.length(); i++) {
      if (head.get(IDENTIFIER_AT + i) != IDENTIFIER.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  @Override
  public ByteRange at(long block) throws IOException {
    ByteRange range = partition.at(block);
    if (moved.isEmpty()) {
      return range;
    }
    long first = block / packet * packet;
    Long elsewhere = moved.get(first);
    if (elsewhere != null) {
      long inPacket = block - first;
      int blockSize = partition.blockSize();
      return new ByteRange((elsewhere + inPacket) * blockSize, (packet - inPacket) * blockSize);
    }
    Long next = moved.higherKey(first);
    return next == null || next <= block
        ? range
        : new ByteRange(
            range.offset(), Math.min(range.length(), (next - block) * partition.blockSize()));
  }
}
