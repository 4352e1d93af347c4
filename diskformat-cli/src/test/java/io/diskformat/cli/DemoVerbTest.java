package io.diskformat.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.testing.Oracle;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DemoVerbTest {
  @TempDir Path parent;
  private Path directory;

  @BeforeEach
  void makeDirectory() throws IOException {
    directory = Files.createDirectory(parent.resolve("demo"));
  }

  private String shown(Charset charset) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Terminal terminal = new Terminal(out, OutputStream.nullOutputStream(), charset, false);
    DemoVerb.runIn(directory, terminal);
    terminal.flush();
    return out.toString(charset);
  }

  @Test
  void showsEachStepAndLeavesNothing() throws IOException {
    String text = shown(StandardCharsets.UTF_8);
    assertTrue(text.contains("This sector was written by QEMU"), text);
    assertTrue(text.contains("\u2588\u2588\u2588\u2588\u2591\u2591\u2588"), text);
    assertTrue(text.contains("the same disk"), text);
    assertTrue(text.contains("from offset 16384 on"), text);
    assertTrue(text.contains("\"/etc/passwd\" is not opened"), text);
    assertFalse(text.contains("\u001b"), text);
    assertFalse(Files.exists(directory));
  }

  @Test
  void makesDoWithAscii() throws IOException {
    String text = shown(StandardCharsets.US_ASCII);
    assertTrue(text.contains("\n   ####00##########................%%%%"), text);
    assertFalse(text.contains("?"), text);
  }

  @Test
  void fitsAScreen() throws IOException {
    assertTrue(shown(StandardCharsets.UTF_8).lines().allMatch(line -> line.length() <= 100));
  }

  @Test
  void leavesNothingWhenItFails() {
    OutputStream closed =
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            throw new IOException("Broken pipe");
          }
        };
    Terminal terminal =
        new Terminal(closed, OutputStream.nullOutputStream(), StandardCharsets.UTF_8, false);
    assertThrows(IOException.class, () -> DemoVerb.runIn(directory, terminal));
    assertFalse(Files.exists(directory));
  }

  @Test
  void leavesNothingWhenInterrupted() {
    Thread.currentThread().interrupt();
    assertThrows(InterruptedIOException.class, () -> shown(StandardCharsets.UTF_8));
    assertFalse(Files.exists(directory));
    assertFalse(Thread.interrupted());
  }

  @Test
  void hasASoundImage() throws IOException {
    Path image = directory.resolve("x.qcow2");
    DemoImage.write(image);
    assertEquals(0, Oracle.qemuImg("check", "-q", image).exitCode());
  }
}
