package io.diskformat.qcow2;

/** A size as qemu-img's options take it: a number and perhaps one of the suffixes b, k, M, G, T. */
final class SizeText {
  private SizeText() {}

  /**
   * Returns the size in bytes.
   *
   * @throws IllegalArgumentException if the text is no size
   */
  static long parse(String text) {
    int digits = 0;
    while (digits < text.length() && Character.isDigit(text.charAt(digits))) {
      digits++;
    }
    long factor =
        switch (text.substring(digits)) {
          case "", "b", "B" -> 1;
          case "k", "K" -> 1L << 10;
          case "m", "M" -> 1L << 20;
          case "g", "G" -> 1L << 30;
          case "t", "T" -> 1L << 40;
          default -> throw new IllegalArgumentException("not a size: " + text);
        };
    try {
      return Math.multiplyExact(Long.parseLong(text.substring(0, digits)), factor);
    } catch (ArithmeticException | NumberFormatException e) {
      throw new IllegalArgumentException("not a size: " + text, e);
    }
  }
}
