package io.diskformat.testing;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs the {@code main} of a class in a process of its own, and kills it. */
final class KilledProcess {
  private static final long NOT_YET = -1;

  private KilledProcess() {}

  /** Says when a process is killed. */
  @FunctionalInterface
  interface Moment {
    /** Returns how many nanoseconds after a line to kill, or a negative number to go on. */
    long after(String line) throws IOException;
  }

  /**
   * Runs a process until it is killed; fails if it ends before.
   *
   * @param arguments of {@code main}
   * @param moment is asked after each line until it says when
   * @return all lines that the process wrote to its standard output
   */
  static List<String> run(Class<?> main, List<String> arguments, Moment moment) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xmx128m",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                main.getName()));
    command.addAll(arguments);
    Path errors = Files.createTempFile("killed", ".txt");
    try {
      return run(
          new ProcessBuilder(command).redirectError(errors.toFile()).start(), moment, errors);
    } finally {
      Files.delete(errors);
    }
  }

  private static List<String> run(Process process, Moment moment, Path errors) throws IOException {
    // The process works while its lines are read, so that the kill comes at any moment.
    List<String> lines = new ArrayList<>();
    boolean killed = false;
    try (BufferedReader reported = process.inputReader()) {
      for (String line; (line = reported.readLine()) != null; ) {
        lines.add(line);
        long delay = killed ? NOT_YET : moment.after(line);
        if (delay >= 0) {
          killed = true;
          var _ = process.waitFor(delay, TimeUnit.NANOSECONDS);
          // Killed by its handle: Process would close the pipe, too.
          process.toHandle().destroyForcibly();
        }
      }
    } catch (InterruptedException e) {
      throw new IOException(e);
    } finally {
      process.destroyForcibly();
    }
    boolean ended =
        process.onExit().orTimeout(60, TimeUnit.SECONDS).handle((p, e) -> e == null).join();
    assertTrue(ended, "the killed process does not end");
    String failure = Files.readString(errors);
    assertTrue(killed, () -> "the process ended by itself: " + failure);
    return lines;
  }
}
