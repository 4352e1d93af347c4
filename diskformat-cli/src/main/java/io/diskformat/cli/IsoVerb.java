package io.diskformat.cli;

import java.util.List;

/** {@code iso} without the word that says what to do: each of these words is a verb of its own. */
final class IsoVerb extends Verb {
  /** The words, in the order in which the help lists them. */
  static final List<String> ACTIONS = List.of("ls", "cat", "extract", "create", "remaster");

  private final Argument action =
      parameter(
          String.join("|", ACTIONS), "What to do; diskformat help iso ls shows what it takes.");

  IsoVerb() {
    super("iso", "Reads the files of a disc, or makes a disc of files.");
    footer("Each of them has options of its own.");
  }

  /** What follows is not the group's. */
  @Override
  List<String> withoutVerb(List<String> args) {
    List<String> rest = super.withoutVerb(args);
    return rest.subList(0, Math.min(1, rest.size()));
  }

  @Override
  int run(Terminal terminal) {
    throw new IllegalArgumentException(
        "iso takes " + String.join(" or ", ACTIONS) + ", not \"" + action.required() + "\"");
  }
}
