package io.diskformat.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * Runs the verbs that people wait for, in one process and without output, while the JVM records
 * what to keep in the cache that makes the next starts quick.
 */
final class Training {
  private Training() {}

  public static void main(String[] args) throws IOException {
    System.setOut(new PrintStream(OutputStream.nullOutputStream(), false));
    System.setErr(new PrintStream(OutputStream.nullOutputStream(), false));
    Path directory = Files.createTempDirectory("diskformat");
    try {
      String qcow2 = directory.resolve("a.qcow2").toString();
      String raw = directory.resolve("a.raw").toString();
      run("--version");
      run("--help");
      run("create", "-f", "qcow2", qcow2, "1M");
      run("info", qcow2);
      run("map", qcow2);
      run("check", qcow2);
      run("convert", "-O", "raw", qcow2, raw);
      run("compare", qcow2, raw);
    } finally {
      delete(directory);
    }
  }

  private static void run(String... args) {
    // A verb that fails here is one that starts more slowly later, no more.
    int unused = DiskformatCommand.run(args);
  }

  private static void delete(Path directory) throws IOException {
    List<Path> files;
    try (Stream<Path> walk = Files.walk(directory)) {
      files = walk.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path file : files) {
      Files.delete(file);
    }
  }
}
