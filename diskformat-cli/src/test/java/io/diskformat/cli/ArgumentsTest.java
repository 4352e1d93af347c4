package io.diskformat.cli;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Names on the command line that the JVM cannot represent. */
@Timeout(60)
class ArgumentsTest {
  @TempDir Path directory;

  @Test
  void tellsALostByteFromTheCharacterThatStandsForOne() {
    byte[] latin1 = "\u00e9.raw".getBytes(StandardCharsets.ISO_8859_1);
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () -> Arguments.requireUnderstood("\ufffd.raw", latin1));
    assertTrue(e.getMessage().contains("e92e726177"), e.getMessage());
    assertThrows(
        IllegalArgumentException.class,
        () -> Arguments.requireUnderstood("\ufffd.raw", new byte[0]));
    assertDoesNotThrow(() ->
        Arguments.requireUnderstood("\ufffd.raw", "\ufffd.raw".getBytes(StandardCharsets.UTF_8)));
  }

  /** Of a process: the shell makes the name, as this JVM could not hand it over. */
  private Process run(String locale, String script) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                "sh",
                "-c",
                "java=$0; classes=$1; df() { \"$java\" --enable-native-access=ALL-UNNAMED"
                    + " -XX:TieredStopAtLevel=1 -cp \"$classes\" io.diskformat.cli.Main \"$@\"; }; "
                    + script,
                ProcessHandle.current().info().command().orElseThrow(),
                System.getProperty("java.class.path")));
    ProcessBuilder builder = new ProcessBuilder(command).directory(directory.toFile());
    builder.environment().put("LC_ALL", locale);
    return builder.redirectErrorStream(true).start();
  }

  private static String output(Process process) throws IOException {
    return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }

  @BeforeEach
  void needsAHostWhereNamesAreBytes() {
    assumeTrue(File.separatorChar == '/');
  }

  @Test
  void makesNoOtherFile() throws IOException, InterruptedException {
    Process process = run("C.UTF-8", "df create -q \"$(printf 'x\\377.raw')\" 1M");
    String message = output(process);
    assertEquals(1, process.waitFor());
    try (Stream<Path> files = Files.list(directory)) {
      assertEquals(0, files.count());
    }
    if (Files.exists(Path.of("/proc/self/cmdline"))) {
      assertTrue(message.contains("78ff2e726177"), message);
    }
  }

  @Test
  void failsAsTheVerbFails() throws IOException, InterruptedException {
    Process process = run("C.UTF-8", "df compare a \"$(printf 'x\\377.raw')\"");
    String message = output(process);
    assertEquals(2, process.waitFor(), message);
  }

  @Test
  void takesTheCharacterThatStandsForALostByte() throws IOException, InterruptedException {
    assumeTrue(Files.exists(Path.of("/proc/self/cmdline")));
    Process process = run("C.UTF-8", "df create -q \"$(printf 'x\\357\\277\\275.raw')\" 1M");
    String message = output(process);
    assertEquals(0, process.waitFor(), message);
    assertFalse(message.contains("character set"), message);
  }
}
