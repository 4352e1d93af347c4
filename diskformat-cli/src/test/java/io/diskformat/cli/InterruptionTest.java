package io.diskformat.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is left of a conversion that is ended from outside. */
class InterruptionTest {
  @TempDir Path directory;

  private List<String> files() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  @Timeout(60)
  void leavesNothingHalfDone() throws IOException, InterruptedException {
    Path source = directory.resolve("source.raw");
    try (RandomAccessFile file = new RandomAccessFile(source.toFile(), "rw")) {
      file.setLength(32L << 30); // All of it is written, so that it takes long enough.
    }
    Process process =
        new ProcessBuilder(
                ProcessHandle.current().info().command().orElseThrow(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                "io.diskformat.cli.Main",
                "convert",
                "-S",
                "0",
                source.toString(),
                directory.resolve("target.raw").toString())
            .redirectErrorStream(true)
            .start();
    try {
      while (files().size() < 2) {
        assertTrue(process.isAlive());
        Thread.sleep(10);
      }
      assertTrue(files().getFirst().endsWith(".partial"), files().toString());
      assertTrue(process.toHandle().destroy());
      assertTrue(process.waitFor(30, TimeUnit.SECONDS));
      assertNotEquals(0, process.exitValue());
      assertEquals(List.of("source.raw"), files());
      assertEquals("", new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
    } finally {
      process.destroyForcibly();
    }
  }
}
