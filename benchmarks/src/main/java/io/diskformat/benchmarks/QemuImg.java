package io.diskformat.benchmarks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Runs qemu-img, where it is installed. */
final class QemuImg {
  private QemuImg() {}

  /** Runs it; returns false if it is not installed or fails. */
  static boolean run(String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of("qemu-img"));
    command.addAll(List.of(arguments));
    return Commands.run(command);
  }

  /** Converts a raw disk; returns false if that cannot be done. */
  static boolean convert(Path raw, Path qcow2, String... options) throws IOException {
    List<String> arguments = new ArrayList<>(List.of("convert", "-f", "raw", "-O", "qcow2"));
    arguments.addAll(List.of(options));
    arguments.addAll(List.of(raw.toString(), qcow2.toString()));
    return run(arguments.toArray(String[]::new));
  }
}
