package io.diskformat.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.testing.Oracle;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The verbs on VDI images, whose parents have no name. */
class VdiVerbsTest {
  private static final int SIZE = (5 << 20) + 512;

  @TempDir Path directory;
  private Path raw;
  private Path image;
  private Path child;

  @BeforeEach
  void makeImages() throws IOException {
    byte[] content = new byte[SIZE];
    new Random(1).nextBytes(content);
    raw = Files.write(directory.resolve("disk.raw"), content);
    image = directory.resolve("disk.vdi");
    child = directory.resolve("child.vdi");
    Cli.run("convert", "-f", "raw", "-O", "vdi", raw, image).orFail();
    Cli.run("create", "-f", "vdi", "-o", "backing_file=disk.vdi,backing_fmt=vdi", child, SIZE)
        .orFail();
  }

  @Test
  void convertedAndResizedAsQemuReadsIt() {
    Oracle.qemuImg("compare", "-f", "raw", "-F", "vdi", raw, image).orFail();
    Cli.run("resize", image, "700G").orFail();
    Oracle.qemuImg("check", "-f", "vdi", image).orFail();
    Cli.run("resize", "--shrink", image, SIZE).orFail();
    Oracle.qemuImg("check", "-f", "vdi", image).orFail();
    Oracle.qemuImg("compare", "-f", "raw", "-F", "vdi", raw, image).orFail();
  }

  @Test
  void parentsAreFoundBesideTheImage() {
    Cli.run("compare", "-f", "raw", "-F", "vdi", raw, child).orFail();
    assertTrue(Cli.run("map", child).orFail().output().contains(image.getFileName().toString()));
    String chain = Cli.run("info", "--backing-chain", child).orFail().output();
    assertEquals(
        2, Pattern.compile("^image: ", Pattern.MULTILINE).matcher(chain).results().count());
  }

  @Test
  void parentsAreNotLookedForUnlessAllowed() {
    String reading = Cli.run("map", "--references=none", child).message(1);
    assertTrue(reading.contains("--references=same-directory"), reading);
    String chain = Cli.run("info", "--backing-chain", "--references=none", child).message(1);
    assertTrue(chain.contains("--references=same-directory"), chain);
  }

  @Test
  void aParentThatWasChangedIsTold() {
    Cli.run("resize", image, "+1M").orFail();
    String message = Cli.run("map", child).message(1);
    assertTrue(message.contains("was changed since"), message);
  }
}
