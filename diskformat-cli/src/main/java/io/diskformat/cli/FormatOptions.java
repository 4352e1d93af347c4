package io.diskformat.cli;

import io.diskformat.DiskImages;
import io.diskformat.FormatOption;
import io.diskformat.UnrecognizedFormatException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The options of a format, as they follow {@code -o}. */
final class FormatOptions {
  /** The option that belongs to no format: the size of the disk. */
  static final String SIZE = "size";

  private static final int COLUMN = 24;

  private FormatOptions() {}

  /**
   * Returns the options by name, in the order in which they were given.
   *
   * @param texts each {@code NAME=VALUE,NAME=VALUE...}; a comma in a value is written twice, and a
   *     name without a value is one that is switched on
   */
  static Map<String, String> parse(List<String> texts) {
    Map<String, String> options = new LinkedHashMap<>();
    for (String text : texts) {
      for (String part : parts(text)) {
        add(part, options);
      }
    }
    return options;
  }

  private static List<String> parts(String text) {
    List<String> parts = new ArrayList<>();
    StringBuilder part = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c != ',') {
        part.append(c);
      } else if (i + 1 < text.length() && text.charAt(i + 1) == ',') {
        part.append(',');
        i++;
      } else {
        parts.add(part.toString());
        part.setLength(0);
      }
    }
    parts.add(part.toString());
    return parts;
  }

  private static void add(String part, Map<String, String> options) {
    int equals = part.indexOf('=');
    String name = equals < 0 ? part : part.substring(0, equals);
    if (name.isEmpty()) {
      throw new IllegalArgumentException("-o needs NAME=VALUE, not \"" + part + "\"");
    }
    options.put(name, equals < 0 ? "on" : part.substring(equals + 1));
  }

  /** Returns whether the options ask for a list of those that there are. */
  static boolean askForHelp(List<String> texts) {
    for (String text : texts) {
      List<String> parts = parts(text);
      if (parts.contains("help") || parts.contains("?")) {
        return true;
      }
    }
    return false;
  }

  /**
   * Lists the options that there are.
   *
   * @param sized whether the size of the disk can be given among them
   * @throws io.diskformat.UnrecognizedFormatException if there is no such format
   */
  static void printHelp(String format, boolean sized, Terminal terminal) throws IOException {
    List<FormatOption> options = new ArrayList<>(DiskImages.options(format));
    terminal.line("Supported " + format + " options:");
    int at = 0;
    while (at < options.size() && options.get(at).name().compareTo(SIZE) < 0) {
      print(options.get(at++), terminal);
    }
    if (sized) {
      row(SIZE + "=<size>", "Virtual disk size", terminal);
    }
    while (at < options.size()) {
      print(options.get(at++), terminal);
    }
  }

  private static void print(FormatOption option, Terminal terminal) throws IOException {
    row(option.toString(), describe(option), terminal);
  }

  /** Returns what an option means, its values and its default. */
  static String describe(FormatOption option) {
    List<String> notes = new ArrayList<>();
    if (option.type() == FormatOption.Type.CHOICE) {
      notes.add("allowed values: " + String.join(", ", option.values()));
    } else if (option.type() == FormatOption.Type.SIZE) {
      notes.add(option.allowed());
    }
    option.defaultValue().ifPresent(value -> notes.add("default: " + value));
    String note = notes.isEmpty() ? "" : " (" + String.join("; ", notes) + ")";
    return option.description() + note;
  }

  static void row(String name, String text, Terminal terminal) throws IOException {
    terminal.line("  " + name + " ".repeat(Math.max(COLUMN - 1 - name.length(), 1)) + "- " + text);
  }

  /** Returns the options of all formats, by the formats' names. */
  static Map<String, List<FormatOption>> all() {
    Map<String, List<FormatOption>> all = new LinkedHashMap<>();
    for (String format : DiskImages.formats()) {
      try {
        all.put(format, DiskImages.options(format));
      } catch (UnrecognizedFormatException e) {
        throw new IllegalStateException(format + " was listed and is not there", e);
      }
    }
    return all;
  }

  /** Returns whether a format has all of some options. */
  static boolean areKnown(String format, Map<String, String> given) throws IOException {
    List<String> names = DiskImages.options(format).stream().map(FormatOption::name).toList();
    return names.containsAll(given.keySet());
  }

  /**
   * Refuses an option whose name looks mistyped, asking which one was meant; the library refuses
   * others that a format does not have.
   *
   * @param file the new image
   * @throws IllegalArgumentException if a name looks mistyped
   * @throws io.diskformat.UnrecognizedFormatException if there is no such format
   */
  static void checkSpelling(String file, String format, Map<String, String> given)
      throws IOException {
    List<String> names = DiskImages.options(format).stream().map(FormatOption::name).toList();
    for (String name : given.keySet()) {
      Optional<String> meant =
          names.contains(name) ? Optional.empty() : Spelling.closest(name, names);
      if (meant.isPresent()) {
        throw new IllegalArgumentException(
            file
                + ": "
                + format
                + " has no option \""
                + name
                + "\"; "
                + Spelling.question(meant.get()));
      }
    }
  }
}
