package io.diskformat.iso.build;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.Locale;

/** Writes what ISO 9660 records in ways of its own: numbers in both byte orders, times, texts. */
final class DiscFields {
  static final int BLOCK = 2048;

  private static final int FIRST_YEAR = 1900;
  private static final int LAST_YEAR = FIRST_YEAR + 255;

  private DiscFields() {}

  /** Returns how many blocks a number of bytes takes. */
  static long blocks(long bytes) {
    return (bytes + BLOCK - 1) / BLOCK;
  }

  static ByteBuffer buffer(int size) {
    return ByteBuffer.wrap(new byte[size]).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Returns all bytes of a buffer. */
  static byte[] bytes(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.capacity()];
    buffer.get(0, bytes);
    return bytes;
  }

  /** Puts 32 bits in both byte orders, that with the lowest byte first before the other. */
  static void both32(ByteBuffer to, int at, long number) {
    to.putInt(at, (int) number);
    to.putInt(at + 4, Integer.reverseBytes((int) number));
  }

  /** Puts 16 bits in both byte orders. */
  static void both16(ByteBuffer to, int at, int number) {
    to.putShort(at, (short) number);
    to.putShort(at + 2, Short.reverseBytes((short) number));
  }

  /** Puts text and fills its field up with spaces. */
  static void text(ByteBuffer to, int at, int length, String text, Charset charset) {
    byte[] bytes = text.getBytes(charset);
    byte[] space = " ".getBytes(charset);
    for (int i = 0; i + space.length <= length; i += space.length) {
      to.put(at + i, space);
    }
    to.put(at, bytes, 0, Math.min(bytes.length, length));
  }

  static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /** Returns whether 7 bytes can record a time. */
  static boolean fitsBytes(Instant time) {
    int year = utc(time).getYear();
    return year >= FIRST_YEAR && year <= LAST_YEAR;
  }

  /** Puts a time in 7 bytes, as precisely as they allow. */
  static void time(ByteBuffer to, int at, Instant time) {
    LocalDateTime utc = utc(time);
    if (utc.getYear() < FIRST_YEAR) {
      utc = LocalDateTime.of(FIRST_YEAR, 1, 1, 0, 0, 0);
    } else if (utc.getYear() > LAST_YEAR) {
      utc = LocalDateTime.of(LAST_YEAR, 12, 31, 23, 59, 59);
    }
    to.put(at, (byte) (utc.getYear() - FIRST_YEAR));
    to.put(at + 1, (byte) utc.getMonthValue());
    to.put(at + 2, (byte) utc.getDayOfMonth());
    to.put(at + 3, (byte) utc.getHour());
    to.put(at + 4, (byte) utc.getMinute());
    to.put(at + 5, (byte) utc.getSecond());
    to.put(at + 6, (byte) 0);
  }

  /** Puts a time in 16 digits and a byte, to the hundredth of a second. */
  static void digits(ByteBuffer to, int at, Instant time) {
    LocalDateTime utc = utc(time);
    int year = Math.clamp(utc.getYear(), 1, 9999);
    String digits =
        String.format(
            Locale.ROOT,
            "%04d%02d%02d%02d%02d%02d%02d",
            year,
            utc.getMonthValue(),
            utc.getDayOfMonth(),
            utc.getHour(),
            utc.getMinute(),
            utc.getSecond(),
            utc.getNano() / 10_000_000);
    to.put(at, ascii(digits));
    to.put(at + 16, (byte) 0);
  }

  /** Puts what stands for no time. */
  static void noDigits(ByteBuffer to, int at) {
    to.put(at, ascii("0".repeat(16)));
    to.put(at + 16, (byte) 0);
  }

  private static LocalDateTime utc(Instant time) {
    return LocalDateTime.ofInstant(time, ZoneOffset.UTC);
  }
}
