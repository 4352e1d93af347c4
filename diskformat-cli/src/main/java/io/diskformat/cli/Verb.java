package io.diskformat.cli;

import java.io.IOException;
import java.util.Arrays;
import picocli.CommandLine.Option;

/** A verb of the tool, with its options as fields. An object serves one command line. */
abstract class Verb {
  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help and exit.")
  private boolean help;

  /**
   * Does what the verb says.
   *
   * @return the exit status
   * @throws IllegalArgumentException if the arguments make no sense; the message is one sentence
   * @throws IOException if that fails
   */
  abstract int run(Terminal terminal) throws IOException;

  /** Returns the exit status that tells of a failure. */
  int failureStatus() {
    return 1;
  }

  /** Returns the arguments that picocli is to read, given those of the tool. */
  String[] arguments(String[] all) {
    return Arrays.copyOfRange(all, 1, all.length);
  }
}
