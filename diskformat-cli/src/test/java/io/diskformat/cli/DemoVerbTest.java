package io.diskformat.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

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
    assertTrue(text.contains("from offset 16384 on"), text);
    assertTrue(text.contains("hash of the raw one: the same"), text);
    assertTrue(text.contains("unpacked on the way: the same disk"), text);
    assertTrue(text.contains("its user-data: #cloud-config, hostname: demo"), text);
    assertTrue(text.contains("of two writes: 0"), text);
    assertTrue(text.contains("of these lost: 0\n   check of its image: no errors"), text);
    assertTrue(text.contains("repaired: 2; a check then finds no errors"), text);
    assertTrue(text.contains("\"/etc/passwd\" is not opened"), text);
    assertTrue(text.contains("the L1 table has 4294967295 entries"), text);
    assertTrue(text.contains("\"/etc/shadow\" is not opened"), text);
    assertTrue(text.contains("/dev/vgsys/lvroot: ext4"), text);
    assertTrue(text.contains("70-persistent-net.rules: 25 bytes, then 0"), text);
    assertTrue(text.contains("ifcfg-eth0: ONBOOT=yes, BOOTPROTO=dhcp"), text);
    assertTrue(text.contains("its backing file: as it was; check of the image: no errors"), text);
    assertFalse(text.contains("\u001b"), text);
    assertFalse(Files.exists(directory));
  }

  @Test
  void makesDoWithAscii() throws IOException {
    String text = shown(StandardCharsets.US_ASCII);
    assertTrue(text.contains("0 B  ####00##########................%%%%"), text);
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
  void saysWhichFileDoesNotFit() throws Exception {
    assumeTrue(
        Oracle.of("mount").run("-t", "tmpfs", "-o", "size=64k", "tmpfs", parent).exitCode() == 0,
        "a file system that is full takes root");
    try {
      Files.createDirectory(directory);
      IOException e = assertThrows(IOException.class, () -> shown(StandardCharsets.UTF_8));
      String message = Problems.sentence(e);
      assertTrue(message.startsWith(directory + "/"), message);
      assertTrue(message.endsWith(": writing: No space left on device"), message);
      assertFalse(Files.exists(directory));
    } finally {
      Oracle.of("umount").run(parent).orFail();
    }
  }

  @Test
  void leavesNothingWhenInterrupted() {
    Thread.currentThread().interrupt();
    assertThrows(InterruptedIOException.class, () -> shown(StandardCharsets.UTF_8));
    assertFalse(Files.exists(directory));
    assertFalse(Thread.interrupted());
  }

  @Test
  void comparesWithQemuImgWhereThatIs() throws IOException {
    var _ = Oracle.qemuImg("--version").orFail();
    String text = shown(StandardCharsets.UTF_8);
    assertTrue(text.contains("the two results: the same disk"), text);
    assertTrue(text.contains("qemu-img check: no errors"), text);
  }

  @Test
  void hasASoundImage() throws IOException {
    Path image = directory.resolve("x.qcow2");
    DemoImage.write(image);
    assertEquals(0, Oracle.qemuImg("check", "-q", image).exitCode());
  }
}
