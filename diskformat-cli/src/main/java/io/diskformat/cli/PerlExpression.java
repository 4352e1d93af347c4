package io.diskformat.cli;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * What virt-edit does with the lines of a file, as far as it is substitutions: {@code
 * s/PATTERN/REPLACEMENT/FLAGS}, several of which are separated by semicolons. Flags are {@code g}
 * and {@code i}. In a replacement, {@code $1}, {@code ${1}}, {@code \1} and {@code $&} are what was
 * found. Everything else of Perl is refused.
 *
 * <p>Lines are bytes, and so are patterns: a character beyond ASCII is those of its UTF-8.
 */
final class PerlExpression {
  private static final String PAIRS = "()[]{}<>";
  private static final Pattern REFERENCE = Pattern.compile("[$\\\\]([1-9])|\\$\\{([1-9])}|\\$(&)");

  private final List<Substitution> substitutions;

  private PerlExpression(List<Substitution> substitutions) {
    this.substitutions = substitutions;
  }

  /**
   * A piece of a replacement.
   *
   * @param text as it is, if no group
   * @param group the number of a group, or -1
   */
  private record Piece(String text, int group) {}

  /**
   * A substitution.
   *
   * @param pattern what is looked for
   * @param anew the same, but nothing at the place where the search begins: what Perl looks for
   *     after it has found nothing there
   * @param all whether it is done as often as it can be
   */
  private record Substitution(Pattern pattern, Pattern anew, List<Piece> replacement, boolean all) {
    String apply(String line) {
      StringBuilder result = new StringBuilder();
      int from = 0;
      Matcher matcher = pattern.matcher(line);
      while (matcher.find()) {
        result.append(line, from, matcher.start());
        for (Piece piece : replacement) {
          String found = piece.group() < 0 ? piece.text() : matcher.group(piece.group());
          result.append(found == null ? "" : found);
        }
        from = matcher.end();
        if (!all) {
          break;
        }
        Matcher next = (matcher.start() == from ? anew : pattern).matcher(line);
        matcher =
            next.region(from, line.length()).useAnchoringBounds(false).useTransparentBounds(true);
      }
      return result.append(line, from, line.length()).toString();
    }
  }

  /**
   * Reads an expression.
   *
   * @throws IllegalArgumentException if it is anything but substitutions
   */
  static PerlExpression of(String expression) {
    String bytes =
        new String(expression.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    List<Substitution> all = new Reader(bytes, expression).all();
    return new PerlExpression(List.copyOf(all));
  }

  /** Returns what becomes of a file. Whether its last line has an end stays as it is. */
  byte[] apply(byte[] content) {
    String[] lines = new String(content, StandardCharsets.ISO_8859_1).split("\n", -1);
    StringBuilder result = new StringBuilder(content.length + 16);
    for (int i = 0; i < lines.length; i++) {
      boolean isAfterLast = i == lines.length - 1 && lines[i].isEmpty();
      result.append(isAfterLast ? "" : apply(lines[i])).append(i == lines.length - 1 ? "" : "\n");
    }
    return result.toString().getBytes(StandardCharsets.ISO_8859_1);
  }

  private String apply(String line) {
    String result = line;
    for (Substitution substitution : substitutions) {
      result = substitution.apply(result);
    }
    return result;
  }

  /** Reads an expression from its start to its end. */
  private static final class Reader {
    private final String text;
    private final String shown;
    private int at;

    Reader(String text, String shown) {
      this.text = text;
      this.shown = shown;
    }

    private IllegalArgumentException refused(String why) {
      return new IllegalArgumentException("-e \"" + shown + "\": " + why);
    }

    List<Substitution> all() {
      List<Substitution> all = new ArrayList<>();
      for (skip(" \t;"); at < text.length(); skip(" \t;")) {
        all.add(one());
        skip(" \t");
        if (at < text.length() && text.charAt(at) != ';') {
          throw refused("only s/PATTERN/REPLACEMENT/ with the flags g and i is supported");
        }
      }
      if (all.isEmpty()) {
        throw refused("is empty");
      }
      return all;
    }

    private void skip(String characters) {
      while (at < text.length() && characters.indexOf(text.charAt(at)) >= 0) {
        at++;
      }
    }

    private Substitution one() {
      if (text.charAt(at) != 's' || at + 1 >= text.length() || isWord(text.charAt(at + 1))) {
        throw refused("only s/PATTERN/REPLACEMENT/ with the flags g and i is supported");
      }
      at++;
      char open = text.charAt(at);
      int pair = PAIRS.indexOf(open);
      if (open == ' ' || open == '\'' || open == '#' || (pair >= 0 && pair % 2 == 1)) {
        throw refused("the delimiter " + open + " is not supported");
      }
      String pattern = part(open);
      if (pair >= 0) {
        skip(" \t");
        if (at >= text.length() || text.charAt(at) != open) {
          throw refused("the replacement is missing");
        }
      } else {
        at--;
      }
      String replacement = part(open);
      boolean all = false;
      // To Perl, no other character ends a line; in UTF-8, bytes of many letters are such.
      int flags = Pattern.UNIX_LINES;
      for (; at < text.length() && isWord(text.charAt(at)); at++) {
        switch (text.charAt(at)) {
          case 'g' -> all = true;
          case 'i' -> flags |= Pattern.CASE_INSENSITIVE;
          default -> throw refused("the flag " + text.charAt(at) + " is not supported");
        }
      }
      Pattern compiled = pattern(pattern, flags);
      Pattern anew = Pattern.compile("(?:" + compiled.pattern() + ")(?!\\G)", flags);
      List<Piece> pieces = pieces(replacement, compiled.matcher("").groupCount());
      return new Substitution(compiled, anew, pieces, all);
    }

    private static boolean isWord(char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    }

    /** Reads from a delimiter to the one that ends it; escapes stay, but those of delimiters. */
    private String part(char open) {
      int pair = PAIRS.indexOf(open);
      char close = pair < 0 ? open : PAIRS.charAt(pair + 1);
      StringBuilder part = new StringBuilder();
      int depth = 1;
      for (at++; at < text.length(); at++) {
        char c = text.charAt(at);
        if (c == '\\' && at + 1 < text.length()) {
          char next = text.charAt(++at);
          boolean plain = next == open && pair < 0 && "|.*+?^$()[]{}".indexOf(next) < 0;
          part.append(plain ? "" : "\\").append(next);
          continue;
        }
        if (c == close && --depth == 0) {
          at++;
          return part.toString();
        }
        if (pair >= 0 && c == open) {
          depth++;
        }
        part.append(c);
      }
      throw refused("does not end with " + close);
    }

    private Pattern pattern(String pattern, int flags) {
      if (pattern.isEmpty()) {
        throw refused("the pattern is empty");
      }
      try {
        return Pattern.compile(PerlPattern.toJava(pattern), flags);
      } catch (PatternSyntaxException e) {
        throw refused("the pattern is not supported: " + e.getDescription());
      } catch (IllegalArgumentException e) {
        throw refused(String.valueOf(e.getMessage()));
      }
    }

    private List<Piece> pieces(String replacement, int groups) {
      List<Piece> pieces = new ArrayList<>();
      StringBuilder plain = new StringBuilder();
      for (int i = 0; i < replacement.length(); i++) {
        char c = replacement.charAt(i);
        Matcher reference = REFERENCE.matcher(replacement).region(i, replacement.length());
        if (reference.lookingAt()) {
          int group = number(reference);
          if (group > groups) {
            throw refused("the pattern has no group " + group);
          }
          pieces.add(new Piece(plain.toString(), -1));
          plain.setLength(0);
          pieces.add(new Piece("", group));
          i = reference.end() - 1;
        } else if (c == '\\' && i + 1 < replacement.length()) {
          plain.append(escape(replacement.charAt(++i)));
        } else if (c == '@' || (c == '$' && i + 1 < replacement.length())) {
          throw refused("the replacement has a variable; \\" + c + " is that character");
        } else {
          plain.append(c);
        }
      }
      pieces.add(new Piece(plain.toString(), -1));
      return pieces;
    }

    private static int number(Matcher reference) {
      String digit = reference.group(1) == null ? reference.group(2) : reference.group(1);
      return digit == null ? 0 : Integer.parseInt(digit);
    }

    private char escape(char c) {
      if (!isWord(c)) {
        return c;
      }
      int known = "ntr".indexOf(c);
      if (known < 0) {
        throw refused("\\" + c + " in a replacement is not supported");
      }
      return "\n\t\r".charAt(known);
    }
  }
}
