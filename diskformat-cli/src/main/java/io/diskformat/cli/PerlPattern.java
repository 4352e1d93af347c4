package io.diskformat.cli;

/** Regular expressions of Perl as Java has them: what means something else there is changed. */
final class PerlPattern {
  private final String pattern;
  private final StringBuilder result = new StringBuilder();
  private int at;

  private PerlPattern(String pattern) {
    this.pattern = pattern;
  }

  /**
   * Returns the pattern that finds the same.
   *
   * @throws IllegalArgumentException if it has variables
   */
  static String toJava(String pattern) {
    return new PerlPattern(pattern).translate();
  }

  private String translate() {
    while (at < pattern.length()) {
      char c = pattern.charAt(at);
      if (c == '\\' && at + 1 < pattern.length()) {
        result.append(c).append(pattern.charAt(at + 1));
        at += 2;
      } else if (c == '[') {
        inBrackets();
      } else {
        requireNoVariable(c);
        result.append(c);
        at++;
      }
    }
    return result.toString();
  }

  /** A dollar is the end of the line only where nothing follows that a name may begin with. */
  private void requireNoVariable(char c) {
    boolean beforeName =
        at + 1 < pattern.length()
            && (Character.isLetterOrDigit(pattern.charAt(at + 1))
                || "_{&".indexOf(pattern.charAt(at + 1)) >= 0);
    if ((c == '$' || c == '@') && beforeName) {
      throw new IllegalArgumentException(
          "the pattern has a variable; \\" + c + " is that character");
    }
  }

  /** Java has brackets within brackets, and intersections; Perl has names of classes. */
  private void inBrackets() {
    result.append(pattern.charAt(at++));
    if (at < pattern.length() && pattern.charAt(at) == '^') {
      result.append(pattern.charAt(at++));
    }
    boolean first = true;
    while (at < pattern.length()) {
      char c = pattern.charAt(at);
      if (c == ']' && !first) {
        result.append(c);
        at++;
        return;
      }
      first = false;
      int end = pattern.indexOf(":]", at);
      if (c == '[' && pattern.startsWith("[:", at) && end > 0) {
        result.append(named(pattern.substring(at + 2, end)));
        at = end + 2;
      } else if (c == '\\' && at + 1 < pattern.length()) {
        result.append(c).append(pattern.charAt(at + 1));
        at += 2;
      } else {
        result.append(c == '[' || c == ']' || c == '&' ? "\\" : "").append(c);
        at++;
      }
    }
    throw new IllegalArgumentException("the pattern has a [ without its ]");
  }

  private static String named(String name) {
    return switch (name) {
      case "alnum" -> "\\p{Alnum}";
      case "alpha" -> "\\p{Alpha}";
      case "blank" -> "\\p{Blank}";
      case "cntrl" -> "\\p{Cntrl}";
      case "digit" -> "\\p{Digit}";
      case "lower" -> "\\p{Lower}";
      case "print" -> "\\p{Print}";
      case "punct" -> "\\p{Punct}";
      case "space" -> "\\s";
      case "upper" -> "\\p{Upper}";
      case "word" -> "\\w";
      case "xdigit" -> "\\p{XDigit}";
      default -> throw new IllegalArgumentException("no class of characters [:" + name + ":]");
    };
  }
}
