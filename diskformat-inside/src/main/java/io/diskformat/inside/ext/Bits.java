package io.diskformat.inside.ext;

import java.util.Arrays;

/** Bits of a bitmap, the lowest of each byte first. */
final class Bits {
  private Bits() {}

  static boolean isSet(byte[] bits, int index) {
    return (bits[index / Byte.SIZE] >>> index % Byte.SIZE & 1) != 0;
  }

  static void set(byte[] bits, int from, int count) {
    for (int i = from; i < from + count; i++) {
      bits[i / Byte.SIZE] |= (byte) (1 << i % Byte.SIZE);
    }
  }

  static void clear(byte[] bits, int from, int count) {
    for (int i = from; i < from + count; i++) {
      bits[i / Byte.SIZE] &= (byte) ~(1 << i % Byte.SIZE);
    }
  }

  /** Returns the first bit from an index on that is clear, or {@code end}. */
  static int nextClear(byte[] bits, int from, int end) {
    int at = from;
    while (at < end && isSet(bits, at)) {
      at += at % Byte.SIZE == 0 && bits[at / Byte.SIZE] == -1 ? Byte.SIZE : 1;
    }
    return Math.min(at, end);
  }

  /** Returns the first bit from an index on that is set, or {@code end}. */
  static int nextSet(byte[] bits, int from, int end) {
    int at = from;
    while (at < end && !isSet(bits, at)) {
      at += at % Byte.SIZE == 0 && bits[at / Byte.SIZE] == 0 ? Byte.SIZE : 1;
    }
    return Math.min(at, end);
  }

  /** Returns how many of the first bits are clear. */
  static int countClear(byte[] bits, int end) {
    int set = 0;
    for (int at = 0; at < end / Byte.SIZE; at++) {
      set += Integer.bitCount(bits[at] & 0xFF);
    }
    for (int at = end / Byte.SIZE * Byte.SIZE; at < end; at++) {
      set += isSet(bits, at) ? 1 : 0;
    }
    return end - set;
  }

  /** Returns a bitmap whose first bits are clear, and all others set. */
  static byte[] ofClear(int clear, int bytes) {
    byte[] bits = new byte[bytes];
    Arrays.fill(bits, Math.ceilDiv(clear, Byte.SIZE), bytes, (byte) -1);
    set(bits, clear, Math.ceilDiv(clear, Byte.SIZE) * Byte.SIZE - clear);
    return bits;
  }
}
