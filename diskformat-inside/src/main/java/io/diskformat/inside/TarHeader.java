package io.diskformat.inside;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;

/**
 * The header of a file in a tar archive, as POSIX has it: a block of 512 bytes with numbers in
 * octal digits, and before it, if anything has no room there, another one with records of text.
 *
 * <pre>
 *   0  name, 100 bytes       88  time, 12             101  "ustar", and the version 00
 *  64  mode, 8 digits        94  checksum, 8          149  major number of a device, 8
 *  6C  owner, 8              9C  type                 151  minor number of a device, 8
 *  74  group, 8              9D  target, 100 bytes
 *  7C  size, 12
 * </pre>
 */
final class TarHeader {
  static final int BLOCK = 512;
  private static final int TEXT = 100;
  private static final int TYPE = 0170000;
  private static final long MOST_OF_8 = 07777777L;
  private static final long MOST_OF_12 = 077777777777L;

  private final byte[] block = new byte[BLOCK];
  private final ByteArrayOutputStream records = new ByteArrayOutputStream();
  private boolean hasText;

  TarHeader() {
    block[0x9C] = '0';
    ascii(0x101, "ustar");
    ascii(0x107, "00");
    octal(0x7C, 12, 0);
  }

  void name(byte[] name) {
    text(0, "path", name);
  }

  void mode(int mode) {
    octal(0x64, 8, mode);
  }

  void type(char type) {
    block[0x9C] = (byte) type;
  }

  void owner(long owner, long group) {
    number(0x6C, 8, MOST_OF_8, "uid", owner);
    number(0x74, 8, MOST_OF_8, "gid", group);
  }

  void size(long size) {
    number(0x7C, 12, MOST_OF_12, "size", size);
  }

  void modified(Instant time) {
    long seconds = time.getEpochSecond();
    int nanoseconds = time.getNano();
    boolean fits = seconds >= 0 && seconds <= MOST_OF_12;
    octal(0x88, 12, fits ? seconds : 0);
    if (!fits || nanoseconds != 0) {
      // The fraction counts away from zero.
      boolean negative = seconds < 0 && nanoseconds != 0;
      long whole = negative ? seconds + 1 : seconds;
      int fraction = negative ? 1_000_000_000 - nanoseconds : nanoseconds;
      String sign = negative && whole == 0 ? "-" : "";
      String text = "%s%d.%09d".formatted(sign, whole, fraction);
      extended("mtime", text.getBytes(StandardCharsets.US_ASCII));
    }
  }

  void symbolicLink(byte[] target) {
    type('2');
    text(0x9D, "linkpath", target);
  }

  void hardLink(byte[] target) {
    type('1');
    text(0x9D, "linkpath", target);
  }

  /**
   * Makes this a device or a pipe, and returns whether the archive has such.
   *
   * @param device its number as Linux has it
   */
  boolean special(int mode, long device) {
    switch (mode & TYPE) {
      case 0020000 -> type('3');
      case 0060000 -> type('4');
      case 0010000 -> type('6');
      default -> {
        return false;
      }
    }
    octal(0x149, 8, (device >>> 8) & 0xFFF);
    octal(0x151, 8, (device & 0xFF) | ((device >>> 12) & 0xFFF00));
    return true;
  }

  /** Adds a record. */
  void extended(String key, byte[] value) {
    byte[] name = (" " + key + "=").getBytes(StandardCharsets.UTF_8);
    int rest = name.length + value.length + 1;
    int length = rest + Integer.toString(rest).length();
    if (Integer.toString(length).length() > Integer.toString(rest).length()) {
      length = rest + Integer.toString(rest).length() + 1;
    }
    records.writeBytes(Integer.toString(length).getBytes(StandardCharsets.US_ASCII));
    records.writeBytes(name);
    records.writeBytes(value);
    records.write('\n');
    hasText = true;
  }

  private void text(int at, String key, byte[] value) {
    System.arraycopy(value, 0, block, at, Math.min(value.length, TEXT));
    if (value.length > TEXT) {
      extended(key, value);
    }
  }

  private void number(int at, int digits, long most, String key, long value) {
    octal(at, digits, value <= most ? value : 0);
    if (value > most) {
      extended(key, Long.toString(value).getBytes(StandardCharsets.US_ASCII));
    }
  }

  private void octal(int at, int digits, long value) {
    String text = Long.toOctalString(value);
    ascii(at, "0".repeat(digits - 1 - text.length()) + text);
  }

  private void ascii(int at, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(bytes, 0, block, at, bytes.length);
  }

  /** Returns the header, with the one before it. */
  byte[] bytes() {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    if (hasText) {
      TarHeader before = new TarHeader();
      before.type('x');
      before.name("PaxHeader".getBytes(StandardCharsets.US_ASCII));
      before.mode(0644);
      before.owner(0, 0);
      before.octal(0x88, 12, 0);
      before.octal(0x7C, 12, records.size());
      before.sum();
      all.writeBytes(before.block);
      all.writeBytes(records.toByteArray());
      all.writeBytes(new byte[-records.size() & (BLOCK - 1)]);
    }
    sum();
    all.writeBytes(block);
    return all.toByteArray();
  }

  private void sum() {
    ascii(0x94, "        ");
    int sum = 0;
    for (byte each : block) {
      sum += Byte.toUnsignedInt(each);
    }
    ascii(0x94, "%06o".formatted(sum));
    block[0x94 + 6] = 0;
  }
}
