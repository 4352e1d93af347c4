package io.diskformat.benchmarks;

import java.util.Locale;

/** Parses sizes as they are written on a command line: {@code 64m}, {@code 4G}. */
final class Sizes {
  private Sizes() {}

  /**
   * Returns a size in bytes, which is a power of two so that offsets within it are cheap to draw.
   */
  static long parsePowerOfTwo(String text) {
    String digits = text.toLowerCase(Locale.ROOT).replaceFirst("[kmgt]$", "");
    int unit = "kmgt".indexOf(Character.toLowerCase(text.charAt(text.length() - 1)));
    long size = Long.parseLong(digits) << (10 * (unit + 1));
    if (size < 1 << 20 || Long.bitCount(size) != 1) {
      throw new IllegalArgumentException("not a power of two of at least 1m: " + text);
    }
    return size;
  }
}
