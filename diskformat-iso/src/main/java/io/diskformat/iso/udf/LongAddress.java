package io.diskformat.iso.udf;

import java.nio.ByteBuffer;

/**
 * A place in one of the partitions.
 *
 * <pre>
 * offset  size  field
 *    0      4   length in bytes; the two highest bits say how it is used ({@link Allocation})
 *    4      4   block in the partition
 *    8      2   number of the partition map
 *   10      6   of use for somebody else
 * </pre>
 *
 * @param length as it is recorded
 * @param block in the partition
 * @param partition number of its map
 */
record LongAddress(int length, long block, int partition) {
  static final int LENGTH = 16;

  static LongAddress read(ByteBuffer from, int at) {
    return new LongAddress(
        from.getInt(at),
        Integer.toUnsignedLong(from.getInt(at + 4)),
        Short.toUnsignedInt(from.getShort(at + 8)));
  }
}
