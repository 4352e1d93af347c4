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
}
