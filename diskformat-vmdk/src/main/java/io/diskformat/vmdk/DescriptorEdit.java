package io.diskformat.vmdk;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Changes values in the text of a descriptor, and leaves everything else as it is: order, comments,
 * blanks, line ends, and unknown keys. All that changes is ASCII, so the text is read as single
 * bytes, whatever its encoding.
 */
final class DescriptorEdit {
  private static final Pattern LINE = Pattern.compile("[^\r\n]*(?:\r\n|\r|\n|$)");
  private static final Pattern LINE_END = Pattern.compile("[\r\n]+$");
  private static final Pattern VALUE =
      Pattern.compile("([^=#]+?\\s*=\\s*\"?)([^\"\r\n]*?)(\"?\\s*)");
  private static final Pattern EXTENT =
      Pattern.compile(
          "(\\s*(?:RW|RDONLY|NOACCESS)\\s+)([0-9]+)(\\s.*)",
          Pattern.CASE_INSENSITIVE | Pattern.DOTALL);
  private static final String TRACKING = "# Change Tracking File";

  private final List<String> lines = new ArrayList<>();

  /** Begins with the bytes of a descriptor. */
  DescriptorEdit(byte[] text) {
    Matcher matcher = LINE.matcher(new String(text, StandardCharsets.ISO_8859_1));
    while (matcher.find()) {
      if (!matcher.group().isEmpty()) {
        lines.add(matcher.group());
      }
    }
  }

  /** Gives a key a value, in its first line; adds no line. */
  void set(String key, String value) {
    for (int i = 0; i < lines.size(); i++) {
      Matcher matcher = VALUE.matcher(lines.get(i));
      if (isOf(key, lines.get(i)) && matcher.matches()) {
        lines.set(i, matcher.group(1) + value + matcher.group(3));
        return;
      }
    }
  }

  /** Records the CID of the parent, and that it is not about to get another. */
  void parent(long cid) {
    set("parentcid", "%08x".formatted(cid));
    remove(Descriptor.COMING_PARENT);
  }

  /** Adds a line at the end that gives a key a value. */
  void add(String key, String value) {
    String end = lines.isEmpty() ? "\n" : lineEnd(lines.getFirst());
    if (!lines.isEmpty() && lineEnd(lines.getLast()).isEmpty()) {
      lines.add(lines.removeLast() + end);
    }
    lines.add(key + " = \"" + value + "\"" + end);
  }

  private static String lineEnd(String line) {
    Matcher matcher = LINE_END.matcher(line);
    return matcher.find() ? matcher.group() : "";
  }

  /** Removes each line that gives a key a value. */
  void remove(String key) {
    lines.removeIf(line -> isOf(key, line));
  }

  /** Returns the value of a key, or an empty string. */
  String get(String key) {
    for (String line : lines) {
      Matcher matcher = VALUE.matcher(line);
      if (isOf(key, line) && matcher.matches()) {
        return matcher.group(2).strip();
      }
    }
    return "";
  }

  private static boolean isOf(String key, String line) {
    int equals = line.indexOf('=');
    return equals > 0 && line.substring(0, equals).strip().toLowerCase(Locale.ROOT).equals(key);
  }

  /**
   * Removes the name of the file that tracks changes, as this library does not write it, and sets
   * the version to that of an image without one.
   */
  void removeChangeTracking() {
    if (lines.removeIf(line -> isOf("changetrackpath", line))) {
      lines.removeIf(line -> line.strip().equalsIgnoreCase(TRACKING));
      set("version", "1");
    }
  }

  /**
   * Gives an extent another length.
   *
   * @param index which of the extents
   */
  void extentSectors(int index, long sectors) {
    int extent = 0;
    for (int i = 0; i < lines.size(); i++) {
      Matcher matcher = EXTENT.matcher(lines.get(i));
      if (matcher.matches() && extent++ == index) {
        lines.set(i, matcher.group(1) + sectors + matcher.group(3));
        return;
      }
    }
    throw new IllegalArgumentException("no extent " + index);
  }

  /** Returns the changed text. */
  byte[] bytes() {
    return String.join("", lines).getBytes(StandardCharsets.ISO_8859_1);
  }
}
