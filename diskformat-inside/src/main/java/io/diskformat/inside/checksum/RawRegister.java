package io.diskformat.inside.checksum;

import java.util.zip.Checksum;

/**
 * Brings Java's checksums, which begin with all ones, to any number, by the four bytes before it.
 */
final class RawRegister {
  private static final int JAVA = -1;

  private RawRegister() {}

  /**
   * Feeds a checksum that was fed nothing.
   *
   * @param value what it is to go on with
   * @param polynomial its own, its lowest bit first
   */
  static void begin(Checksum java, int value, int polynomial) {
    if (value != JAVA) {
      feed(java, JAVA ^ before(value, polynomial));
    }
  }

  /** Feeds a number of 32 bits, its lowest byte first. */
  static void feed(Checksum java, int number) {
    for (int shift = 0; shift < Integer.SIZE; shift += Byte.SIZE) {
      java.update(number >>> shift);
    }
  }

  /** Returns what becomes {@code checksum} by 32 bits of zero. */
  static int before(int checksum, int polynomial) {
    int value = checksum;
    for (int i = 0; i < Integer.SIZE; i++) {
      value = value < 0 ? (value ^ polynomial) << 1 | 1 : value << 1;
    }
    return value;
  }
}
