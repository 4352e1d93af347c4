package io.diskformat.inside.checksum;

/** The CRC-16 with the polynomial 8005, its lowest bit first, not inverted at the end. */
public final class Crc16 {
  /** The initial value. */
  public static final int START = 0xFFFF;

  private static final int POLYNOMIAL = 0xA001;

  private Crc16() {}

  /** Adds some of the bytes of an array, and returns the new checksum. */
  public static int update(int checksum, byte[] bytes, int from, int length) {
    int value = checksum;
    for (int i = from; i < from + length; i++) {
      value ^= bytes[i] & 0xFF;
      for (int bit = 0; bit < Byte.SIZE; bit++) {
        value = (value & 1) != 0 ? value >>> 1 ^ POLYNOMIAL : value >>> 1;
      }
    }
    return value;
  }
}
