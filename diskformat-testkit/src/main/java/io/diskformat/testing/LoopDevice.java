package io.diskformat.testing;

import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * A block device backed by a file, as long as this is open. Making one needs root and the kernel's
 * loop driver; without these, the test is skipped.
 */
public final class LoopDevice implements AutoCloseable {
  private final Path path;

  private LoopDevice(Path path) {
    this.path = path;
  }

  /**
   * Makes a device of a file, whose size is the device's.
   *
   * @param options of losetup
   */
  public static LoopDevice of(Path file, String... options)
      throws IOException, InterruptedException {
    String[] command = new String[options.length + 4];
    System.arraycopy(options, 0, command, 1, options.length);
    command[0] = "losetup";
    command[options.length + 1] = "--find";
    command[options.length + 2] = "--show";
    command[options.length + 3] = file.toString();
    String name = run(command);
    if (name.isEmpty()) {
      abort("no loop device can be made here, which takes root");
    }
    return new LoopDevice(Path.of(name));
  }

  /** Returns where the device is. */
  public Path path() {
    return path;
  }

  /** Runs a program; returns what it printed, or nothing if it failed or is not there. */
  private static String run(String... command) throws InterruptedException {
    try {
      Process process =
          new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
      String output =
          new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
      return process.waitFor(20, TimeUnit.SECONDS) && process.exitValue() == 0 ? output : "";
    } catch (IOException e) {
      return "";
    }
  }

  @Override
  public void close() {
    try {
      String _ = run("losetup", "--detach", path.toString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
