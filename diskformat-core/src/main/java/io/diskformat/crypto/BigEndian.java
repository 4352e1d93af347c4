package io.diskformat.crypto;

/** Converts between numbers and their bytes, the highest byte first. */
final class BigEndian {
  private BigEndian() {}

  static byte[] bytes(int number) {
    return new byte[] {
      (byte) (number >>> 24), (byte) (number >>> 16), (byte) (number >>> 8), (byte) number
    };
  }
}
