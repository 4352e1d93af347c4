package io.diskformat.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Makes the error for an option that a verb does not have: why not, or what was meant. */
final class UnknownOption {
  private static final String LONG = "--";

  private UnknownOption() {}

  /**
   * Returns the exception to throw.
   *
   * @param argument the option as it was given, or the group of options that begins with it
   */
  static IllegalArgumentException named(String argument, Declaration verb) {
    boolean isLong = argument.startsWith(LONG);
    List<String> names = new ArrayList<>();
    boolean hasWords = false;
    for (Argument option : verb.options()) {
      for (String candidate : option.names()) {
        // As mkisofs has them, where a group of letters would be one of those more often than not.
        hasWords |= !candidate.startsWith(LONG) && candidate.length() > 2;
        if (candidate.startsWith(LONG)) {
          names.add(candidate);
        }
      }
    }
    int equals = argument.indexOf('=');
    String name = isLong || hasWords ? argument : argument.substring(0, 2);
    String word = equals < 0 ? argument : argument.substring(0, equals);
    // A single hyphen before a word is a mistake, but before a letter it is not.
    Optional<String> meant =
        isLong || word.length() > 3
            ? Spelling.closest(isLong ? word : "-" + word, names)
            : Optional.empty();
    return new IllegalArgumentException(
        "no option "
            + (meant.isPresent() ? word : name)
            + "; "
            + meant.map(Spelling::question).orElseGet(verb::whereHelpIs));
  }
}
