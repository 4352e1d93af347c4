package io.diskformat.benchmarks;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.util.List;

/** Runs other programs. */
final class Commands {
  private Commands() {}

  /** Runs a command with its output discarded; returns false if it does not exist or fails. */
  static boolean run(List<String> command) throws IOException {
    Process process;
    try {
      process =
          new ProcessBuilder(command)
              .redirectOutput(Redirect.DISCARD)
              .redirectError(Redirect.INHERIT)
              .start();
    } catch (IOException e) {
      return false;
    }
    try {
      return process.waitFor() == 0;
    } catch (InterruptedException e) {
      process.destroy();
      Thread.currentThread().interrupt();
      throw new InterruptedIOException();
    }
  }
}
