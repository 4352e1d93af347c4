package io.diskformat.inside.content;

import io.diskformat.filesystem.DeviceBytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;

/**
 * A member of a ZFS pool, by the records in its four labels, 256 KiB each: two at the start and two
 * at the end. What a label says of the pool is a list of pairs, each padded to 4 bytes, with
 * numbers that have their highest byte first.
 *
 * <pre>
 * label                          pair
 *   4000  list: 12 bytes, pairs   0  length of the pair, 32 bits
 *  20000  128 records of 1 KiB    8  length of the name, 32 bits; name
 *                                 ..  kind: 8 a number of 64 bits, 9 text; 1; the value
 * </pre>
 */
final class ZfsMark implements Mark {
  private static final long SMALLEST = 64 << 20;
  private static final int LABEL = 256 << 10;
  private static final int RECORDS_AT = 128 << 10;
  private static final int RECORD = 1024;
  private static final int ENOUGH = 4;
  private static final long MAGIC = 0x00BAB10CL;
  private static final int LIST_AT = 16 << 10;
  private static final int LIST = 4096;
  private static final int LIST_HEADER = 12;
  private static final int PAIR_HEADER = 12;
  private static final int NUMBER = 8;
  private static final int TEXT = 9;

  @Override
  public Optional<Content> find(DeviceBytes volume) throws IOException {
    if (volume.size() < SMALLEST) {
      return Optional.empty();
    }
    long end = volume.size() / LABEL * LABEL;
    int found = 0;
    for (long label : new long[] {0, LABEL, end - 2 * LABEL, end - LABEL}) {
      ByteBuffer records = volume.read(label + RECORDS_AT, LABEL - RECORDS_AT, "label of ZFS");
      for (int at = 0; at < records.capacity(); at += RECORD) {
        long magic = records.getLong(at);
        found += magic == MAGIC || Long.reverseBytes(magic) == MAGIC ? 1 : 0;
      }
      if (found >= ENOUGH) {
        return Optional.of(member(volume.read(label + LIST_AT, LIST, "label of ZFS")));
      }
    }
    return Optional.empty();
  }

  private static Content member(ByteBuffer list) {
    ByteBuffer bytes = list.order(ByteOrder.BIG_ENDIAN);
    String name = "";
    String pool = "";
    int at = LIST_HEADER;
    while (at <= LIST - PAIR_HEADER) {
      int length = bytes.getInt(at);
      int nameLength = bytes.getInt(at + 8);
      if (length <= PAIR_HEADER
          || length > LIST - at
          || nameLength < 0
          || nameLength > length - PAIR_HEADER) {
        break;
      }
      int value = at + PAIR_HEADER + ((nameLength + 3) & ~3);
      int left = at + length - value;
      String key = Texts.untilZero(bytes, at + PAIR_HEADER, nameLength);
      if (key.equals("name") && left >= 12 && bytes.getInt(value) == TEXT) {
        name =
            Texts.untilZero(bytes, value + 12, Math.clamp(bytes.getInt(value + 8), 0, left - 12));
      } else if (key.equals("pool_guid") && left >= 16 && bytes.getInt(value) == NUMBER) {
        pool = Long.toUnsignedString(bytes.getLong(value + 8));
      }
      at += length;
    }
    return Content.member("zfs_member", name, pool);
  }
}
