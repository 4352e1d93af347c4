package io.diskformat.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
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

  /** A disk that takes long enough to deal with, though there is nothing in it. */
  private Path source() throws IOException {
    Path source = directory.resolve("source.raw");
    try (RandomAccessFile file = new RandomAccessFile(source.toFile(), "rw")) {
      file.setLength(32L << 30);
    }
    return source;
  }

  private static Process start(Object... arguments) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                ProcessHandle.current().info().command().orElseThrow(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                "io.diskformat.cli.Main"));
    for (Object argument : arguments) {
      command.add(argument.toString());
    }
    return new ProcessBuilder(command).start();
  }

  private static void end(Process process) throws InterruptedException {
    assertTrue(process.toHandle().destroy());
    assertTrue(process.waitFor(30, TimeUnit.SECONDS));
    assertNotEquals(0, process.exitValue());
  }

  private static String text(InputStream stream) throws IOException {
    return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
  }

  @Test
  @Timeout(60)
  void leavesNothingHalfDone() throws IOException, InterruptedException {
    // All of it is written.
    Process process = start("convert", "-S", "0", source(), directory.resolve("target.raw"));
    try {
      while (files().size() < 2) {
        assertTrue(process.isAlive());
        Thread.sleep(10);
      }
      assertTrue(files().getFirst().endsWith(".partial"), files().toString());
      end(process);
      assertEquals(List.of("source.raw"), files());
      assertEquals("", text(process.getErrorStream()));
      assertEquals("", text(process.getInputStream()));
    } finally {
      process.destroyForcibly();
    }
  }

  @Test
  @Timeout(60)
  void endsTheLineOfProgressOnTheStandardOutput() throws IOException, InterruptedException {
    Process process = start("convert", "-p", "-S", "0", source(), directory.resolve("target.raw"));
    try {
      assertEquals(' ', process.getInputStream().read());
      end(process);
      String output = text(process.getInputStream());
      assertTrue(output.endsWith("/100%)\r\n"), output);
      assertEquals("", text(process.getErrorStream()));
    } finally {
      process.destroyForcibly();
    }
  }

  @Test
  @Timeout(60)
  void endsTheLineOfProgressOnTheStandardError() throws IOException, InterruptedException {
    Process process = start("hash", "-p", "--plain", source(), source());
    try {
      assertEquals(' ', process.getErrorStream().read());
      end(process);
      String error = text(process.getErrorStream());
      assertTrue(error.endsWith("/100%)\r\n"), error);
      assertEquals("", text(process.getInputStream()));
    } finally {
      process.destroyForcibly();
    }
  }
}
