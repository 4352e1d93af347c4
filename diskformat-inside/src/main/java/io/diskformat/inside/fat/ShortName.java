package io.diskformat.inside.fat;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.CharsetEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/** Makes the short name of a file: 8 letters and 3 more, as they are stored. */
final class ShortName {
  private static final String SIGNS = "!#$%&'()-@^_`{}~";
  private static final Pattern WHOLE =
      Pattern.compile("[A-Z0-9!#$%&'()\\-@^_`{}~]{1,8}(\\.[A-Z0-9!#$%&'()\\-@^_`{}~]{1,3})?");
  private static final int BASE = 8;
  private static final int EXTENSION = 3;
  private static final int MOST_NUMBERS = 9;

  /** There are no more entries in a directory. */
  private static final int MOST_HASHES = 1 << 16;

  private final CharsetEncoder encoder;

  /** Whether something of the name is not in the short one, but for the case of its letters. */
  private boolean lossy;

  private ShortName(Charset codePage) {
    this.encoder = codePage.newEncoder();
  }

  /** Returns whether a name needs no long name beside it. */
  static boolean isWhole(String name) {
    return WHOLE.matcher(name).matches();
  }

  /**
   * Makes a short name.
   *
   * @param codePage what it is encoded in
   * @param taken says whether another file has a name
   */
  static byte[] of(String name, Charset codePage, Predicate<byte[]> taken) {
    return new ShortName(codePage).make(name, taken);
  }

  private byte[] make(String name, Predicate<byte[]> taken) {
    String upper = name.toUpperCase(Locale.ROOT);
    int start = 0;
    while (start < upper.length() - 1 && upper.charAt(start) == '.') {
      start++;
    }
    // Letters of other alphabets are not the same in all code pages.
    lossy = start > 0 || name.chars().anyMatch(each -> each > 0x7F);
    int dot = upper.lastIndexOf('.');
    boolean extended = dot > start;
    byte[] extension = letters(extended ? upper.substring(dot + 1) : "", EXTENSION);
    byte[] base = letters(upper.substring(start, extended ? dot : upper.length()), BASE);
    if (base.length == 0) {
      base = new byte[] {'_'};
      lossy = true;
    }
    byte[] plain = join(base, "", extension);
    if (!lossy && !taken.test(plain)) {
      return plain;
    }
    for (int number = 1; number <= MOST_NUMBERS; number++) {
      byte[] numbered = join(base, "~" + number, extension);
      if (!taken.test(numbered)) {
        return numbered;
      }
    }
    byte[] two = Arrays.copyOf(base, Math.min(base.length, 2));
    int hash = name.hashCode();
    for (int i = 0; i < MOST_HASHES; i++) {
      String digits = String.format(Locale.ROOT, "%04X~1", (hash + i) & 0xFFFF);
      byte[] hashed = join(two, digits, extension);
      if (!taken.test(hashed)) {
        return hashed;
      }
    }
    throw new AssertionError("more names than a directory has");
  }

  private byte[] letters(String text, int most) {
    ByteBuffer letters = ByteBuffer.allocate(most);
    int[] codePoints = text.codePoints().toArray();
    for (int codePoint : codePoints) {
      if (codePoint == ' ' || codePoint == '.') {
        lossy = true;
      } else if (letters.hasRemaining()) {
        letters.put(letter(codePoint));
      } else {
        lossy = true;
      }
    }
    return Arrays.copyOf(letters.array(), letters.position());
  }

  private byte letter(int codePoint) {
    if ((codePoint >= 'A' && codePoint <= 'Z')
        || (codePoint >= '0' && codePoint <= '9')
        || SIGNS.indexOf(codePoint) >= 0) {
      return (byte) codePoint;
    }
    lossy = true;
    if (codePoint > 0x7F) {
      try {
        ByteBuffer encoded = encoder.encode(CharBuffer.wrap(Character.toString(codePoint)));
        if (encoded.remaining() == 1 && encoded.get(0) < 0) {
          return encoded.get(0);
        }
      } catch (CharacterCodingException e) {
        // It has no such letter.
        return '_';
      }
    }
    return '_';
  }

  private static byte[] join(byte[] base, String tail, byte[] extension) {
    byte[] name = new byte[FatEntry.NAME_SIZE];
    Arrays.fill(name, (byte) ' ');
    int length = Math.min(base.length, BASE - tail.length());
    System.arraycopy(base, 0, name, 0, length);
    byte[] end = tail.getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(end, 0, name, length, end.length);
    System.arraycopy(extension, 0, name, BASE, extension.length);
    if (name[0] == FatEntry.DELETED) {
      name[0] = FatEntry.STANDS_FOR_DELETED;
    }
    return name;
  }
}
