package io.diskformat.iso;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Converts recorded names to those that are shown, none of which makes a path lead elsewhere. */
final class Names {
  /** Replaces what no name of a file may contain. */
  static final char REPLACED = '\ufffd';

  private Names() {}

  /** Returns bytes as UTF-8 or, if they are none, as Latin-1. */
  static String text(byte[] bytes) {
    return text(ByteBuffer.wrap(bytes), 0, bytes.length);
  }

  /** Returns a range of bytes, which are in an array, as UTF-8 or, if they are none, as Latin-1. */
  static String text(ByteBuffer all, int from, int length) {
    byte[] array = all.array();
    int start = all.arrayOffset() + from;
    boolean ascii = true;
    for (int i = start; i < start + length; i++) {
      ascii &= array[i] >= 0;
    }
    if (ascii) {
      return new String(array, start, length, StandardCharsets.ISO_8859_1);
    }
    byte[] bytes = Arrays.copyOfRange(array, start, start + length);
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      return new String(bytes, StandardCharsets.ISO_8859_1);
    }
  }

  /** Returns a name of the primary tree, without version and the dot of an empty extension. */
  static String plain(ByteBuffer bytes, boolean directory) {
    byte[] all = new byte[bytes.limit()];
    bytes.get(0, all);
    String name = text(all);
    return directory ? name : withoutDot(withoutVersion(name));
  }

  /** Returns a name of Joliet's tree, without version; an odd byte at its end is left out. */
  static String joliet(ByteBuffer bytes, boolean directory) {
    ByteBuffer whole = bytes.duplicate().limit(bytes.limit() & ~1);
    String name = StandardCharsets.UTF_16BE.decode(whole).toString();
    return directory ? name : withoutVersion(name);
  }

  private static String withoutVersion(String name) {
    int at = name.length();
    while (at > 0 && name.charAt(at - 1) >= '0' && name.charAt(at - 1) <= '9') {
      at--;
    }
    boolean versioned = at > 1 && at < name.length() && name.charAt(at - 1) == ';';
    return versioned ? name.substring(0, at - 1) : name;
  }

  private static String withoutDot(String name) {
    return name.length() > 1 && name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
  }

  /** Returns a name that is one element of a path, and neither {@code .} nor {@code ..}. */
  static String safe(String name) {
    if (name.isEmpty() || name.equals(".")) {
      return String.valueOf(REPLACED);
    }
    if (name.equals("..")) {
      return "" + REPLACED + REPLACED;
    }
    boolean harmless = name.indexOf('/') < 0 && name.indexOf('\0') < 0;
    return harmless ? name : name.replace('/', REPLACED).replace('\0', REPLACED);
  }
}
