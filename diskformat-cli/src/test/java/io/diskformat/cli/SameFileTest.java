package io.diskformat.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a verb reads it does not write, and it blames no other process for that. */
class SameFileTest {
  @TempDir Path directory;
  private Path image;
  private Path base;
  private Path raw;

  @BeforeEach
  void makeImages() throws IOException {
    base = directory.resolve("base.qcow2");
    image = directory.resolve("image.qcow2");
    raw = Files.write(directory.resolve("disk.raw"), new byte[1 << 20]);
    Cli.run("create", "-q", "-f", "qcow2", base, "1M").orFail();
    Cli.run("create", "-q", "-f", "qcow2", "-b", "base.qcow2", "-F", "qcow2", image).orFail();
  }

  private void assertRefused(Path target, String as, Object... arguments) throws IOException {
    byte[] before = Files.readAllBytes(target);
    assertEquals(
        target
            + ": locked: it is the very image that is being read"
            + as
            + ", so it cannot be written",
        Cli.run(arguments).message(1));
    assertArrayEquals(before, Files.readAllBytes(target));
  }

  @Test
  void isNotConvertedIntoItself() throws IOException {
    assertRefused(image, "", "convert", "-O", "raw", image, image);
    assertRefused(image, "", "convert", "-n", "-O", "qcow2", image, image);
    assertRefused(raw, "", "convert", "-f", "raw", "-n", "-O", "raw", raw, raw);
    assertRefused(raw, "", "convert", image, raw, raw);
    assertRefused(raw, "", "dd", "if=" + raw, "of=" + raw);
    Path link = Files.createSymbolicLink(directory.resolve("link"), raw);
    assertRefused(raw, " as " + link, "convert", "-n", "-f", "raw", "-O", "raw", link, raw);
    Path second = Files.createLink(directory.resolve("second"), raw);
    assertRefused(raw, " as " + second, "convert", "-n", "-f", "raw", "-O", "raw", second, raw);
  }

  @Test
  void isNotConvertedIntoItsBackingFile() throws IOException {
    String as = base.toRealPath().equals(base) ? "" : " as " + base.toRealPath();
    assertRefused(base, as, "convert", "-O", "qcow2", image, base);
    assertRefused(base, as, "convert", "-n", "-O", "qcow2", image, base);
  }

  @Test
  void isComparedWithItself() {
    Cli.run("compare", image, image).orFail();
  }
}
