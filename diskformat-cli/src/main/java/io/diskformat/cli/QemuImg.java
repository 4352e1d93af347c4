package io.diskformat.cli;

import java.io.IOException;
import java.io.InterruptedIOException;

/** The program that the demo compares with, where it is installed. */
final class QemuImg {
  private QemuImg() {}

  /** Runs it; returns whether it is there and succeeded. */
  static boolean run(String... arguments) throws IOException {
    String[] command = new String[arguments.length + 1];
    command[0] = "qemu-img";
    System.arraycopy(arguments, 0, command, 1, arguments.length);
    Process process;
    try {
      process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
    } catch (IOException e) {
      return false;
    }
    try {
      return process.waitFor() == 0;
    } catch (InterruptedException e) {
      throw new InterruptedIOException();
    } finally {
      var _ = process.destroyForcibly();
    }
  }
}
