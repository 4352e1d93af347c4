package io.diskformat.cli;

import java.math.BigDecimal;
import java.math.RoundingMode;

/** Writes numbers of bytes as qemu-img does. */
final class Sizes {
  private static final String SUFFIXES = "BKMGTPE";

  private Sizes() {}

  /** Returns a number of bytes with three digits and a unit, for example {@code 1.5 GiB}. */
  static String human(long bytes) {
    // The next unit is used from 1000 on, and not only from 1024, so as to need three digits only.
    int unit = bytes == 0 ? 0 : Math.getExponent(bytes / (1000.0 / 1024.0)) / 10;
    if (unit == 0) {
      return bytes + " B";
    }
    // C divides floating-point numbers, which have no more bits than these.
    int shift = Math.min(10 * unit, 53);
    long value = (long) ((double) bytes / (1L << (10 * unit - shift)));
    return threeDigits(value, shift) + " " + SUFFIXES.charAt(unit) + "iB";
  }

  /** Returns a number as C's {@code %.2f} writes it, which rounds a half to the even digit. */
  static String hundredths(double number) {
    return new BigDecimal(number).setScale(2, RoundingMode.HALF_EVEN).toPlainString();
  }

  /** Returns a number, divided by a power of two, as C's {@code %0.3g} writes it. */
  private static String threeDigits(long number, int shift) {
    long whole = number >> shift;
    long factor = whole >= 100 ? 1 : whole >= 10 ? 10 : whole >= 1 ? 100 : 1000;
    long fraction = (number - (whole << shift)) * factor;
    long digits = whole * factor + (fraction >> shift);
    long rest = fraction & ((1L << shift) - 1);
    long half = 1L << (shift - 1);
    if (rest > half || (rest == half && (digits & 1) != 0)) {
      digits++;
    }
    if (digits == 1000 && factor == 1) {
      return "1e+03";
    }
    while (factor > 1 && digits % 10 == 0) {
      digits /= 10;
      factor /= 10;
    }
    String text = Long.toString(digits % factor);
    return factor == 1
        ? Long.toString(digits)
        : digits / factor
            + "."
            + "0".repeat(Long.toString(factor).length() - 1 - text.length())
            + text;
  }
}
