package io.diskformat.iso.udf;

import io.diskformat.filesystem.DeviceBytes;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * What each descriptor of UDF begins with.
 *
 * <pre>
 * offset  size  field
 *    0      2   what it is
 *    2      2   version: 2 or 3
 *    4      1   sum of the other 15 bytes
 *    6      2   serial number
 *    8      2   CRC of what follows
 *   10      2   how much of it that is of
 *   12      4   block in which the descriptor is
 * </pre>
 *
 * <p>The sum is looked at; the CRC is not.
 */
final class Tag {
  static final int LENGTH = 16;
  static final int PRIMARY_VOLUME = 1;
  static final int ANCHOR = 2;
  static final int VOLUME_POINTER = 3;
  static final int PARTITION = 5;
  static final int LOGICAL_VOLUME = 6;
  static final int TERMINATING = 8;
  static final int FILE_SET = 256;
  static final int FILE_IDENTIFIER = 257;
  static final int ALLOCATION_EXTENT = 258;
  static final int INDIRECT_ENTRY = 259;
  static final int FILE_ENTRY = 261;
  static final int EXTENDED_FILE_ENTRY = 266;
  private static final int SUM = 4;
  private static final int BLOCK = 12;

  private Tag() {}

  /** Returns what a descriptor is, or -1 if it is none. */
  static int of(ByteBuffer descriptor) {
    if (descriptor.limit() < LENGTH) {
      return -1;
    }
    int sum = 0;
    for (int i = 0; i < LENGTH; i++) {
      sum += i == SUM ? 0 : descriptor.get(i);
    }
    boolean right = (byte) sum == descriptor.get(SUM);
    return right ? Short.toUnsignedInt(descriptor.getShort(0)) : -1;
  }

  /** Returns in which block a descriptor says that it is. */
  static long block(ByteBuffer descriptor) {
    return Integer.toUnsignedLong(descriptor.getInt(BLOCK));
  }

  /**
   * Reads a descriptor.
   *
   * @param what it has to be
   * @param structure as errors name it
   * @throws io.diskformat.CorruptImageException if it is something else
   */
  static ByteBuffer read(DeviceBytes disc, long position, int length, int what, String structure)
      throws IOException {
    ByteBuffer descriptor = disc.read(position, length, structure);
    int found = of(descriptor);
    if (found != what) {
      throw disc.corrupt(
          structure,
          position,
          found < 0 ? "is no descriptor of UDF" : "is a descriptor " + found + ", not " + what);
    }
    return descriptor;
  }
}
