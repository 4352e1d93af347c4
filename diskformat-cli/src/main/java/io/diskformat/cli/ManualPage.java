package io.diskformat.cli;

import java.util.List;

/** The manual page, made from what the verbs declare. */
final class ManualPage {
  private static final String HEAD =
      """
      .TH DISKFORMAT 1
      .SH NAME
      diskformat \\- reads, writes, converts, compares and repairs disk images
      .SH SYNOPSIS
      .B diskformat
      .I VERB
      .RI [ OPTION ...]
      .IR ARGUMENT ...
      .SH DESCRIPTION
      Verbs and options are those of
      .BR qemu-img (1),
      and spelled as it takes them: in any order, long ones as short as they are unambiguous.
      Numbers of bytes may have a suffix k, M, G, T, P or E, for example 1.5G, or be hexadecimal after 0x.
      Of the files that an image names, only those in its own directory are opened, unless
      .B \\-\\-references
      says otherwise.
      .SH VERBS
      """;

  private static final String TAIL =
      """
      .SH EXIT STATUS
      0 if all is well and 1 if not, except that compare and check have more.
      .SH ENVIRONMENT
      .TP
      .B DISKFORMAT_TRACE
      If it is 1, a failure says where in the program it came from.
      .SH SEE ALSO
      .BR qemu-img (1),
      .BR sha256sum (1)
      """;

  private ManualPage() {}

  /** Returns the page as roff. */
  static String text(List<Verb> verbs) {
    StringBuilder text = new StringBuilder(HEAD);
    verbs.forEach(verb -> append(text, verb));
    text.append(".SH FORMATS AND THEIR OPTIONS\n");
    text.append("These follow \\-o of create and convert; \\-o help lists them.\n");
    FormatOptions.all()
        .forEach((format, options) -> {
          text.append(".SS ").append(format).append('\n');
          options.forEach(option -> item(text, option.toString(), FormatOptions.describe(option)));
        });
    return text.append(TAIL).toString();
  }

  private static void append(StringBuilder text, Verb verb) {
    text.append(".SS ").append(verb.name()).append('\n');
    text.append(".B diskformat ").append(verb.name()).append('\n');
    text.append(roff(String.join(" ", Usage.synopsis(verb)))).append("\n.PP\n");
    text.append(roff(verb.description())).append('\n');
    for (Argument parameter : verb.parameters()) {
      if (!parameter.description().isEmpty()) {
        item(text, parameter.label(), parameter.description());
      }
    }
    for (Argument option : Usage.sorted(verb)) {
      item(text, Usage.names(option).strip(), option.description());
    }
    if (!verb.footer().isEmpty()) {
      text.append(".PP\n").append(roff(verb.footer())).append('\n');
    }
  }

  private static void item(StringBuilder text, String name, String description) {
    text.append(".TP\n.B ").append(roff(name)).append('\n');
    text.append(roff(description)).append('\n');
  }

  /** Returns text that roff prints as it is, hyphens included. */
  private static String roff(String text) {
    String escaped = text.replace("\\", "\\e").replace("-", "\\-");
    return escaped.startsWith(".") || escaped.startsWith("'") ? "\\&" + escaped : escaped;
  }
}
