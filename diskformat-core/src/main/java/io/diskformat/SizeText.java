package io.diskformat;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;

/**
 * Converts between a number of bytes and its text as options of qemu-img have it, for example
 * 65536, 64k, 0.5M or 0x10000.
 */
public final class SizeText {
  private static final String SUFFIXES = "BKMGTPE";

  /** The longest text that is parsed, in characters: more digits make no difference to any size. */
  private static final int LONGEST = 100;

  private SizeText() {}

  /**
   * Returns the number of bytes that a text stands for: decimal, with a fraction if it has one of
   * the suffixes k, M, G, T, P and E, or hexadecimal after 0x. Half a byte is rounded up.
   *
   * @param what the meaning of the number, for the message
   * @throws IllegalArgumentException if it is no such number, or greater than {@link
   *     Long#MAX_VALUE}
   */
  public static long parse(String text, String what) {
    int end = text.length();
    boolean hexadecimal = text.startsWith("0x") || text.startsWith("0X");
    int unit = end == 0 ? -1 : SUFFIXES.indexOf(Character.toUpperCase(text.charAt(end - 1)));
    if (unit >= 0 && !hexadecimal) {
      end--;
    }
    BigInteger bytes;
    if (end > LONGEST) {
      throw refusal(text, what);
    } else if (hexadecimal && isAll(text, 2, end, 16)) {
      bytes = new BigInteger(text.substring(2), 16);
    } else if (!hexadecimal && isDecimal(text, end, unit > 0)) {
      // A point may be last.
      BigDecimal number = new BigDecimal(text.substring(0, end) + (unit > 0 ? "" : ".0"));
      BigDecimal factor = new BigDecimal(BigInteger.ONE.shiftLeft(10 * Math.max(unit, 0)));
      bytes = number.multiply(factor).setScale(0, RoundingMode.HALF_UP).toBigInteger();
    } else {
      throw refusal(text, what);
    }
    if (bytes.bitLength() > 63) {
      throw new IllegalArgumentException(
          what + " \"" + text + "\" is greater than " + Long.MAX_VALUE);
    }
    return bytes.longValue();
  }

  private static IllegalArgumentException refusal(String text, String what) {
    return new IllegalArgumentException(
        what + " \"" + text + "\" is no number of bytes, such as 4096, 64k, 1.5G or 0x1000");
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

  /** Returns the text of a number of bytes, in the largest unit that it is a multiple of. */
  public static String of(long bytes) {
    int unit = bytes == 0 ? 0 : Math.min(Long.numberOfTrailingZeros(bytes) / 10, 6);
    return (bytes >> (10 * unit))
        + (unit == 0 ? "" : unit == 1 ? "k" : SUFFIXES.substring(unit, unit + 1));
  }
}
