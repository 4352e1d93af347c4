package io.diskformat.cli;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;

/** Numbers of bytes, read and written as qemu-img does. */
final class Sizes {
  private static final String SUFFIXES = "BKMGTPE";

  private Sizes() {}

  /**
   * Returns a number of bytes that was written by a person: decimal, with a fraction if it has one
   * of the suffixes k, M, G, T, P and E, or hexadecimal after 0x.
   *
   * @param what what the number is, for the message
   * @throws IllegalArgumentException if it is no such number, or greater than a disk can be
   */
  static long parse(String text, String what) {
    int end = text.length();
    boolean hexadecimal = text.startsWith("0x") || text.startsWith("0X");
    int unit = end == 0 ? -1 : SUFFIXES.indexOf(Character.toUpperCase(text.charAt(end - 1)));
    if (unit >= 0 && !hexadecimal) {
      end--;
    }
    BigInteger bytes;
    if (hexadecimal && isAll(text, 2, end, 16)) {
      bytes = new BigInteger(text.substring(2), 16);
    } else if (!hexadecimal && isDecimal(text, end, unit > 0)) {
      // A point may be last. Half a byte is rounded up.
      BigDecimal number = new BigDecimal(text.substring(0, end) + (unit > 0 ? "" : ".0"));
      BigDecimal factor = new BigDecimal(BigInteger.ONE.shiftLeft(10 * Math.max(unit, 0)));
      bytes = number.multiply(factor).setScale(0, RoundingMode.HALF_UP).toBigInteger();
    } else {
      throw new IllegalArgumentException(
          what + " \"" + text + "\" is no number of bytes, such as 4096, 64k, 1.5G or 0x1000");
    }
    if (bytes.bitLength() > 63) {
      throw new IllegalArgumentException(
          what + " \"" + text + "\" is greater than " + Long.MAX_VALUE);
    }
    return bytes.longValue();
  }

  private static boolean isDecimal(String text, int end, boolean mayHaveFraction) {
    int point = text.indexOf('.');
    if (point < 0 || point >= end) {
      return isAll(text, 0, end, 10);
    }
    return mayHaveFraction
        && isAll(text, 0, point, 10)
        && (point + 1 == end || isAll(text, point + 1, end, 10));
  }

  private static boolean isAll(String text, int start, int end, int radix) {
    for (int i = start; i < end; i++) {
      if (text.charAt(i) > 'f' || Character.digit(text.charAt(i), radix) < 0) {
        return false;
      }
    }
    return start < end;
  }

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
