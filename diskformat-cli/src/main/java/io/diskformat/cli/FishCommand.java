package io.diskformat.cli;

import java.io.IOException;
import java.util.List;

/**
 * A command of guestfish.
 *
 * @param usage what it takes, for people to read
 * @param fewest arguments
 * @param most arguments
 * @param action what it does
 */
record FishCommand(String usage, int fewest, int most, Action action) {
  /** As many as anybody gives. */
  static final int ANY = Integer.MAX_VALUE;

  /** What a command does. */
  @FunctionalInterface
  interface Action {
    void run(Fish fish, List<String> arguments) throws IOException;
  }

  /** Returns a command that takes as many arguments as its usage has words. */
  static FishCommand of(String usage, Action action) {
    int count = usage.isEmpty() ? 0 : usage.split(" ").length;
    return new FishCommand(usage, count, count, action);
  }

  /**
   * Returns whether the only option that a command has was given, and is true.
   *
   * @param options of a command line: none, or {@code name:true}
   * @throws IllegalArgumentException if there is another one
   */
  static boolean isTrue(List<String> options, String name) {
    if (options.isEmpty()) {
      return false;
    }
    String option = options.getFirst();
    if (options.size() > 1 || !option.startsWith(name + ":")) {
      throw new IllegalArgumentException("the option " + option + " is not supported");
    }
    return List.of("true", "1").contains(option.substring(name.length() + 1));
  }
}
