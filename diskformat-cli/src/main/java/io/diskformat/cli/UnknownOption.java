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
    String name = isLong ? argument : argument.substring(0, 2);
    List<String> names = new ArrayList<>();
    for (Argument option : verb.options()) {
      for (String candidate : option.names()) {
        if (candidate.startsWith(LONG)) {
          names.add(candidate);
        }
      }
    }
    int equals = argument.indexOf('=');
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
