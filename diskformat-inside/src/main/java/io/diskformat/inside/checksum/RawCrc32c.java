package io.diskformat.inside.checksum;

import java.util.zip.CRC32C;

/**
 * CRC-32C as file systems of Linux use it: it begins with any number, and is not inverted at the
 * end. Java's begins with all ones and is inverted; so it is given, first, the four bytes after
 * which it has got to that number.
 */
public final class RawCrc32c {
  /** The usual initial value. */
  public static final int START = -1;

  private static final int POLYNOMIAL = 0x82F63B78;

  private RawCrc32c() {}

  /** Adds bytes, and returns the new checksum. */
  public static int update(int checksum, byte[] bytes) {
    return update(checksum, bytes, 0, bytes.length);
  }

  /** Adds some of the bytes of an array, and returns the new checksum. */
  public static int update(int checksum, byte[] bytes, int from, int length) {
    CRC32C java = new CRC32C();
    RawRegister.begin(java, checksum, POLYNOMIAL);
    java.update(bytes, from, length);
    return ~(int) java.getValue();
  }

  /** Adds a number of 32 bits, its lowest byte first, and returns the new checksum. */
  public static int update(int checksum, int number) {
    CRC32C java = new CRC32C();
    RawRegister.begin(java, checksum, POLYNOMIAL);
    RawRegister.feed(java, number);
    return ~(int) java.getValue();
  }

  /**
   * Returns the number of 32 bits, its lowest byte first, that must follow for a checksum to become
   * another.
   *
   * @param checksum of what comes before the number
   * @param wanted of all
   * @param behind what follows the number
   * @param from where in there it begins
   * @param length a multiple of 4
   */
  public static int numberFor(int checksum, int wanted, byte[] behind, int from, int length) {
    int before = wanted;
    for (int at = from + length - Integer.BYTES; at >= from; at -= Integer.BYTES) {
      int number = 0;
      for (int i = Integer.BYTES - 1; i >= 0; i--) {
        number = (number << Byte.SIZE) | (behind[at + i] & 0xFF);
      }
      before = RawRegister.before(before, POLYNOMIAL) ^ number;
    }
    return RawRegister.before(before, POLYNOMIAL) ^ checksum;
  }
}
