package io.diskformat.iso.build;

import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** How a tree records names: which letters it has, and how many. */
sealed interface NameRule {
  /**
   * Returns a name with the letters that the tree has, short enough for it.
   *
   * @param suffix put at the end, before an extension; it makes a name another one
   */
  String fit(String name, boolean directory, String suffix);

  /** Returns the bytes of a name that fits. */
  byte[] bytes(String fitting, boolean directory);

  /** Returns whether a name that fits is the one that was asked for. */
  boolean isSame(String name, String fitting);

  /** Returns where the extension of a name begins, its dot included; its end if there is none. */
  static int extension(String name, boolean directory) {
    int dot = directory ? -1 : name.lastIndexOf('.');
    return dot <= 0 ? name.length() : dot;
  }

  /** Returns a fitting letter for each of a text. */
  private static String mapped(String text, CharMap map) {
    StringBuilder result = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      result.append(map.of(text, i));
    }
    return result.toString();
  }

  /** Says which letter is recorded for one of a text. */
  @FunctionalInterface
  interface CharMap {
    char of(String text, int at);
  }

  private static boolean isLoneSurrogate(String text, int at) {
    char c = text.charAt(at);
    if (Character.isHighSurrogate(c)) {
      return at + 1 == text.length() || !Character.isLowSurrogate(text.charAt(at + 1));
    }
    return Character.isLowSurrogate(c)
        && (at == 0 || !Character.isHighSurrogate(text.charAt(at - 1)));
  }

  /** Returns as much of a text's beginning as there is room for, without half a character. */
  private static String cut(String text, int room) {
    if (text.length() <= room) {
      return text;
    }
    int end = Math.max(0, room);
    return text.substring(
        0, end > 0 && Character.isHighSurrogate(text.charAt(end - 1)) ? end - 1 : end);
  }

  /**
   * Capital letters, digits and underscores, in a name and an extension with a dot between; a
   * directory has no extension.
   *
   * @param base how long the name may be
   * @param extension how long the extension may be
   * @param both how long both together
   * @param directory how long the name of a directory may be
   */
  record Primary(int base, int extension, int both, int directory) implements NameRule {
    static Primary ofLevel(int level) {
      return level == 1 ? new Primary(8, 3, 11, 8) : new Primary(30, 30, 30, 31);
    }

    private static char letter(String text, int at) {
      char c = Character.toUpperCase(text.charAt(at));
      return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ? c : '_';
    }

    @Override
    public String fit(String name, boolean isDirectory, String suffix) {
      int dot = NameRule.extension(name, isDirectory);
      String first = mapped(name.substring(0, dot), Primary::letter);
      if (isDirectory) {
        return cut(first, directory - suffix.length()) + suffix;
      }
      String last = dot == name.length() ? "" : mapped(name.substring(dot + 1), Primary::letter);
      // Of a long extension, as much as leaves a name its share.
      last = cut(last, Math.max(Math.min(extension, 8), both - first.length()));
      last = cut(last, Math.min(extension, both - 1));
      int room = Math.min(base, both - last.length());
      return cut(first, room - suffix.length()) + suffix + "." + last;
    }

    @Override
    public byte[] bytes(String fitting, boolean isDirectory) {
      return DiscFields.ascii(isDirectory ? fitting : fitting + ";1");
    }

    @Override
    public boolean isSame(String name, String fitting) {
      String shown = fitting.endsWith(".") ? fitting.substring(0, fitting.length() - 1) : fitting;
      return name.toUpperCase(Locale.ROOT).equals(shown);
    }
  }

  /**
   * All letters, in UTF-8, and 207 bytes; but a dot at the end, and what may begin a version, are
   * not shown by those who read it.
   */
  record Enhanced() implements NameRule {
    private static final int LONGEST = 207;

    @Override
    public String fit(String name, boolean directory, String suffix) {
      int dot = NameRule.extension(name, directory);
      String first = mapped(name.substring(0, dot), Enhanced::letter);
      String last = mapped(name.substring(dot), Enhanced::letter);
      while (size(last) > LONGEST / 2) {
        last = cut(last, last.length() - 1);
      }
      while (size(first) + size(last) + suffix.length() > LONGEST) {
        first = cut(first, first.length() - 1);
      }
      String fitting = first + suffix + last;
      return fitting.endsWith(".") ? fitting.substring(0, fitting.length() - 1) + "_" : fitting;
    }

    private static int size(String text) {
      return text.getBytes(StandardCharsets.UTF_8).length;
    }

    private static char letter(String text, int at) {
      char c = text.charAt(at);
      return c < ' ' || c == ';' || isLoneSurrogate(text, at) ? '_' : c;
    }

    @Override
    public byte[] bytes(String fitting, boolean directory) {
      return fitting.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public boolean isSame(String name, String fitting) {
      return name.equals(fitting);
    }
  }

  /**
   * All letters but those that Windows has other uses for, in UTF-16.
   *
   * @param longest how many units
   */
  record Joliet(int longest) implements NameRule {
    @Override
    public String fit(String name, boolean directory, String suffix) {
      int dot = NameRule.extension(name, directory);
      String first = mapped(name.substring(0, dot), Joliet::letter);
      String last = cut(mapped(name.substring(dot), Joliet::letter), longest / 2);
      return cut(first, longest - last.length() - suffix.length()) + suffix + last;
    }

    static char letter(String text, int at) {
      char c = text.charAt(at);
      return c < ' ' || "*/:;?\\".indexOf(c) >= 0 || isLoneSurrogate(text, at) ? '_' : c;
    }

    @Override
    public byte[] bytes(String fitting, boolean directory) {
      return fitting.getBytes(StandardCharsets.UTF_16BE);
    }

    @Override
    public boolean isSame(String name, String fitting) {
      return name.equals(fitting);
    }
  }
}
