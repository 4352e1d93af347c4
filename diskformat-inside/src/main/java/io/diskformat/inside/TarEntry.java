package io.diskformat.inside;

import io.diskformat.spi.NameBytes;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.attribute.FileTime;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A file as a tar archive describes it: the fields of {@link TarHeader}, with those that records of
 * POSIX or GNU tar before it replace.
 *
 * @param name as {@link NameBytes} decodes it
 * @param type of the file, as its header has it
 * @param mode the low 12 bits
 * @param size of its content in bytes
 * @param target where a link leads
 */
record TarEntry(
    String name,
    char type,
    int mode,
    long owner,
    long group,
    long size,
    FileTime modified,
    String target) {
  private static final int BLOCK = TarHeader.BLOCK;

  /** As many bytes are read of all records that describe a file. */
  private static final int MOST_RECORDS = 1 << 20;

  private static final int NANOSECOND_DIGITS = 9;

  boolean isDirectory() {
    return type == '5' || (isRegular() && name.endsWith("/"));
  }

  boolean isRegular() {
    return type == '0' || type == 0 || type == '7';
  }

  /**
   * Reads the description of the next file, and what comes before it.
   *
   * @return null at the end of the archive
   * @throws IllegalArgumentException if it makes no sense
   * @throws IOException if it cannot be read
   */
  static @Nullable TarEntry next(InputStream in) throws IOException {
    Map<String, byte[]> records = new HashMap<>();
    int left = MOST_RECORDS;
    while (true) {
      byte[] block = in.readNBytes(BLOCK);
      if (block.length == 0 || Arrays.equals(block, new byte[BLOCK])) {
        return null;
      }
      if (block.length < BLOCK) {
        throw new EOFException("ends in the middle of a header");
      }
      check(block);
      char type = (char) block[0x9C];
      switch (type) {
        // A global record is of no one file, and what it may say of all is of no use here.
        case 'g' -> skip(in, padded(number(block, 0x7C, 12)));
        case 'x', 'L', 'K' -> {
          byte[] content = content(in, block, left);
          left -= content.length;
          if (type == 'x') {
            readRecords(content, records);
          } else {
            records.put(type == 'L' ? "path" : "linkpath", untilZero(content));
          }
        }
        default -> {
          return of(block, type, records);
        }
      }
    }
  }

  private static TarEntry of(byte[] block, char type, Map<String, byte[]> records) {
    byte[] name = untilZero(Arrays.copyOf(block, 100));
    boolean posix = block[0x106] == 0;
    byte[] before = posix ? untilZero(Arrays.copyOfRange(block, 0x159, 0x159 + 155)) : new byte[0];
    if (ustar(block) && before.length > 0) {
      byte[] whole = Arrays.copyOf(before, before.length + 1 + name.length);
      whole[before.length] = '/';
      System.arraycopy(name, 0, whole, before.length + 1, name.length);
      name = whole;
    }
    if (records.keySet().stream().anyMatch(key -> key.startsWith("GNU.sparse."))) {
      throw new IllegalArgumentException("has a sparse file, which is not supported");
    }
    long size = number(records.get("size"), number(block, 0x7C, 12));
    if (size < 0) {
      throw new IllegalArgumentException("has a file of " + size + " bytes");
    }
    return new TarEntry(
        NameBytes.decode(records.getOrDefault("path", name)),
        type,
        (int) number(block, 0x64, 8) & 07777,
        number(records.get("uid"), number(block, 0x6C, 8)),
        number(records.get("gid"), number(block, 0x74, 8)),
        size,
        time(records.get("mtime"), number(block, 0x88, 12)),
        NameBytes.decode(
            records.getOrDefault("linkpath", untilZero(Arrays.copyOfRange(block, 0x9D, 0x101)))));
  }

  private static boolean ustar(byte[] block) {
    return new String(block, 0x101, 5, StandardCharsets.ISO_8859_1).equals("ustar");
  }

  private static void check(byte[] block) {
    long sum = 0;
    for (int i = 0; i < BLOCK; i++) {
      sum += i >= 0x94 && i < 0x9C ? ' ' : Byte.toUnsignedInt(block[i]);
    }
    if (sum != number(block, 0x94, 8)) {
      throw new IllegalArgumentException(
          "has a header with a wrong checksum, or is no tar archive");
    }
  }

  /** Reads the records before a file, whose length is in a header. */
  private static byte[] content(InputStream in, byte[] block, int most) throws IOException {
    long size = number(block, 0x7C, 12);
    if (size < 0 || size > most) {
      throw new IllegalArgumentException("has " + size + " bytes of records of one file");
    }
    byte[] content = in.readNBytes((int) size);
    if (content.length < size) {
      throw new EOFException("ends in the middle of records");
    }
    skip(in, -size & (BLOCK - 1));
    return content;
  }

  /** Returns how many bytes there are of content, which ends with a block. */
  static long padded(long size) {
    return size + (-size & (BLOCK - 1));
  }

  static void skip(InputStream in, long count) throws IOException {
    if (count < 0) {
      throw new IllegalArgumentException("has a length that is none");
    }
    in.skipNBytes(count);
  }

  /** Reads records, each with its length, a name and a value: {@code 12 uid=1000\n}. */
  private static void readRecords(byte[] bytes, Map<String, byte[]> into) {
    int at = 0;
    while (at < bytes.length && bytes[at] != 0) {
      int blank = find(bytes, at, ' ');
      long length = number(Arrays.copyOfRange(bytes, at, blank), 0);
      if (length <= blank - at || length > bytes.length - at) {
        throw new IllegalArgumentException("has a record of " + length + " bytes");
      }
      int end = at + (int) length - 1;
      int equals = find(bytes, blank, '=');
      if (equals >= end || bytes[end] != '\n') {
        throw new IllegalArgumentException("has a record without a value");
      }
      String key = new String(bytes, blank + 1, equals - blank - 1, StandardCharsets.UTF_8);
      into.put(key, Arrays.copyOfRange(bytes, equals + 1, end));
      at = end + 1;
    }
  }

  private static int find(byte[] bytes, int from, char wanted) {
    for (int i = from; i < bytes.length; i++) {
      if (bytes[i] == wanted) {
        return i;
      }
    }
    throw new IllegalArgumentException("has a record that does not end");
  }

  private static byte[] untilZero(byte[] field) {
    for (int i = 0; i < field.length; i++) {
      if (field[i] == 0) {
        return Arrays.copyOf(field, i);
      }
    }
    return field;
  }

  /** Reads a number in octal digits; or, as GNU tar has it, one of 64 bits. */
  private static long number(byte[] block, int at, int length) {
    if (block[at] == (byte) 0x80 || block[at] == (byte) 0xFF) {
      return ByteBuffer.wrap(block).getLong(at + length - Long.BYTES);
    }
    String digits =
        new String(block, at, length, StandardCharsets.ISO_8859_1).replace('\0', ' ').strip();
    try {
      return digits.isEmpty() ? 0 : Long.parseLong(digits, 8);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("has a header with what is no number", e);
    }
  }

  private static long number(byte @Nullable [] digits, long otherwise) {
    if (digits == null) {
      return otherwise;
    }
    try {
      return Long.parseLong(new String(digits, StandardCharsets.ISO_8859_1));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("has a record with what is no number", e);
    }
  }

  /** Returns a time: of a record in decimal digits, which may have a fraction. */
  private static FileTime time(byte @Nullable [] record, long seconds) {
    String text =
        record == null ? Long.toString(seconds) : new String(record, StandardCharsets.ISO_8859_1);
    if (!text.matches("-?\\d{1,15}(\\.\\d{0,30})?")) {
      throw new IllegalArgumentException("has a time that is none");
    }
    String[] parts = text.split("\\.", -1);
    long nanoseconds = 0;
    if (parts.length > 1) {
      String fraction = (parts[1] + "0".repeat(NANOSECOND_DIGITS)).substring(0, NANOSECOND_DIGITS);
      nanoseconds = Long.parseLong(fraction) * (text.startsWith("-") ? -1 : 1);
    }
    try {
      return FileTime.from(Instant.ofEpochSecond(Long.parseLong(parts[0]), nanoseconds));
    } catch (DateTimeException e) {
      throw new IllegalArgumentException("has a time that is none", e);
    }
  }
}
