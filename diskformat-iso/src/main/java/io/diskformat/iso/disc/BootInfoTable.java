package io.diskformat.iso.disc;

import java.nio.ByteBuffer;

/**
 * The table in a boot loader that says where the loader is; whoever makes a disc puts it there.
 *
 * <pre>
 * offset  size  field
 *    8      4   block of the primary volume descriptor
 *   12      4   block of the loader
 *   16      4   its length in bytes
 *   20      4   sum of its numbers of 4 bytes, from byte 64 on
 *   24     40   zeroes
 * </pre>
 *
 * @param descriptor block of the primary volume descriptor
 * @param block of the loader
 * @param length of the loader, in bytes
 * @param sum of its numbers of 4 bytes behind the table
 */
public record BootInfoTable(long descriptor, long block, long length, int sum) {
  /** The position of the table in the loader. */
  public static final int START = 8;

  /** The end of the table, at which the summed bytes begin. */
  public static final int END = 64;

  /** Reads what is where a table would be; numbers have their lowest byte first. */
  public static BootInfoTable read(ByteBuffer loader) {
    return new BootInfoTable(
        Integer.toUnsignedLong(loader.getInt(START)),
        Integer.toUnsignedLong(loader.getInt(START + 4)),
        Integer.toUnsignedLong(loader.getInt(START + 8)),
        loader.getInt(START + 12));
  }

  /** Writes it into a loader. */
  public void write(ByteBuffer loader) {
    loader.putInt(START, (int) descriptor);
    loader.putInt(START + 4, (int) block);
    loader.putInt(START + 8, (int) length);
    loader.putInt(START + 12, sum);
    for (int at = START + 16; at < END; at++) {
      loader.put(at, (byte) 0);
    }
  }
}
