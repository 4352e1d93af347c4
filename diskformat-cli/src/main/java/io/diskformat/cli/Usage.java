package io.diskformat.cli;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** The help of a verb, made from what it declares. */
final class Usage {
  private static final int WIDTH = 80;
  private static final int COLUMN = 30;

  private Usage() {}

  /** Returns the help. */
  static String of(Declaration verb) {
    StringBuilder text = new StringBuilder();
    String start = "Usage: diskformat " + verb.name();
    wrap(text, start, start.length() + 1, synopsis(verb));
    wrap(text, "", 0, List.of(verb.description().split(" ")));
    text.append('\n');
    for (Argument parameter : verb.parameters()) {
      if (!parameter.description().isEmpty()) {
        row(text, "  " + parameter.label(), parameter.description());
      }
    }
    for (Argument option : sorted(verb)) {
      row(text, "  " + names(option), option.description());
    }
    if (!verb.footer().isEmpty()) {
      text.append('\n');
      wrap(text, "", 0, List.of(verb.footer().split(" ")));
    }
    return text.toString();
  }

  /** Returns the options as a person looks for them: by letter, whatever its case. */
  static List<Argument> sorted(Declaration verb) {
    List<Argument> options = new ArrayList<>(verb.options());
    options.sort(
        Comparator.comparing((Argument option) ->
                option.names().getFirst().replace("-", "").toLowerCase(Locale.ROOT))
            .thenComparing(option -> option.names().getFirst()));
    return options;
  }

  /** Returns, for example, {@code -f, --format=FMT}. */
  static String names(Argument option) {
    String last = option.names().getLast();
    String value = !option.takesValue() ? "" : (last.startsWith("--") ? "=" : " ") + option.label();
    String indent = option.names().getFirst().startsWith("--") ? "    " : "";
    return indent + String.join(", ", option.names()) + value;
  }

  /** Returns what may follow the verb, each piece of which is better not broken. */
  static List<String> synopsis(Declaration verb) {
    List<String> pieces = new ArrayList<>();
    StringBuilder letters = new StringBuilder("[-");
    for (Argument option : sorted(verb)) {
      String name = option.names().getFirst();
      if (!option.takesValue() && name.length() == 2) {
        letters.append(name.charAt(1));
      }
    }
    pieces.add(letters.append(']').toString());
    for (Argument option : sorted(verb)) {
      String name = option.names().getFirst();
      if (option.takesValue()) {
        String more = option.kind() == Argument.Kind.OPTIONS ? "..." : "";
        String between = name.startsWith("--") ? "=" : " ";
        pieces.add("[" + name + between + option.label() + "]" + more);
      } else if (name.length() > 2) {
        pieces.add("[" + name + "]");
      }
    }
    if (!verb.synopsis().isEmpty()) {
      pieces.addAll(List.of(verb.synopsis().split(" ")));
      return pieces;
    }
    for (Argument parameter : verb.parameters()) {
      pieces.add(
          switch (parameter.kind()) {
            case OPTIONAL_PARAMETER -> "[" + parameter.label() + "]";
            case FURTHER_PARAMETERS -> "[" + parameter.label() + "...]";
            default -> parameter.label();
          });
    }
    return pieces;
  }

  private static void row(StringBuilder text, String names, String description) {
    boolean fits = names.length() < COLUMN - 1;
    if (!fits) {
      text.append(names).append('\n');
    }
    String start = fits ? names + " ".repeat(COLUMN - 1 - names.length()) : " ".repeat(COLUMN - 1);
    wrap(text, start, COLUMN, List.of(description.split(" ")));
  }

  /** Appends pieces after the start of a line, and indents further lines. */
  private static void wrap(StringBuilder text, String start, int indent, List<String> pieces) {
    StringBuilder line = new StringBuilder(start);
    for (String piece : pieces) {
      if (line.length() + 1 + piece.length() > WIDTH && line.length() > indent) {
        text.append(line).append('\n');
        line = new StringBuilder(" ".repeat(Math.max(indent - 1, 0)));
      }
      if (!line.isEmpty()) {
        line.append(' ');
      }
      line.append(piece);
    }
    text.append(line).append('\n');
  }
}
