package io.diskformat.cli;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** The verb {@code demo}. */
final class DemoVerb extends Verb {
  DemoVerb() {
    super(
        "demo",
        "Shows what the library does, on a small image in a temporary directory. Leaves nothing"
            + " behind.");
  }

  @Override
  int run(Terminal terminal) throws IOException {
    runIn(Files.createTempDirectory("diskformat-demo-"), terminal);
    return 0;
  }

  /** Runs in an empty directory, which is deleted whatever happens. */
  static void runIn(Path directory, Terminal terminal) throws IOException {
    try {
      new Demo(terminal, directory).run();
    } finally {
      delete(directory);
    }
  }

  private static void delete(Path directory) throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
      for (Path file : files) {
        Files.delete(file);
      }
    }
    Files.delete(directory);
  }
}
