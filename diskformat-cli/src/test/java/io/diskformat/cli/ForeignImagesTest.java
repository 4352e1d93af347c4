package io.diskformat.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.DiskImages;
import io.diskformat.testing.Oracle;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Images of formats that are not installed, as other tools make them: no verb takes one for a raw
 * disk, whether it would read it or write over it, and each says what it is.
 */
class ForeignImagesTest {
  @TempDir private Path directory;

  private Path foreign() {
    return directory.resolve("foreign.img");
  }

  @ParameterizedTest
  @CsvSource({
    "vpc, subformat=dynamic, vpc",
    "vpc, subformat=fixed, vpc",
    "vhdx, subformat=dynamic, vhdx",
    "qed, cluster_size=64k, qed",
    "qcow, encryption=off, qcow",
    "parallels, cluster_size=1M, parallels"
  })
  void ofQemuImg(String format, String options, String reported) throws IOException {
    Oracle.qemuImg("create", "-q", "-f", format, "-o", options, foreign(), "3M").orFail();
    assertEveryVerbRefuses(reported);
  }

  @Test
  void udf() throws IOException {
    byte[] disc = new byte[1 << 20];
    System.arraycopy("BEA01".getBytes(StandardCharsets.ISO_8859_1), 0, disc, 0x8001, 5);
    Files.write(foreign(), disc);
    assertEveryVerbRefuses("udf");
  }

  @ParameterizedTest
  @CsvSource({"gzip, gz, gzip", "xz, xz, xz", "bzip2, bz2, bzip2"})
  void aDiskThatIsPacked(String tool, String extension, String reported) throws IOException {
    Files.write(foreign(), new byte[1 << 20]);
    Oracle.of(tool).run(foreign()).orFail();
    Files.move(directory.resolve("foreign.img." + extension), foreign());
    assertEveryVerbRefuses(reported);
  }

  @Test
  void aDiskInAnArchive() throws IOException {
    Path disk = Files.write(directory.resolve("disk.raw"), new byte[1 << 20]);
    Oracle.of("tar").run("-C", directory, "-cf", foreign(), disk.getFileName()).orFail();
    assertEveryVerbRefuses("tar");
  }

  private void assertEveryVerbRefuses(String format) throws IOException {
    byte[] before = Files.readAllBytes(foreign());
    Path raw = Files.write(directory.resolve("x.raw"), new byte[1024]);
    Path made = directory.resolve("made");
    for (List<Object> arguments :
        List.<List<Object>>of(
            List.of("info", foreign()),
            List.of("info", "--backing-chain", foreign()),
            List.of("map", foreign()),
            List.of("check", foreign()),
            List.of("check", "-r", "all", foreign()),
            List.of("convert", "-O", "qcow2", foreign(), made),
            List.of("convert", "-O", "raw", raw, foreign(), made),
            List.of("convert", "-n", raw, foreign()),
            List.of("dd", "if=" + foreign(), "of=" + made),
            List.of("resize", foreign(), "+1M"),
            List.of("compact", foreign()),
            List.of("commit", foreign()),
            List.of("hash", foreign()))) {
      Cli.Result result = Cli.run(arguments.toArray());
      String message = result.message(1);
      assertTrue(message.contains(foreign() + ": looks like " + format), message);
    }
    assertRefusal(format, Cli.run("compare", raw, foreign()).message(2));
    assertRefusal(format, Cli.run("info", foreign()).message(1));
    assertFalse(Files.exists(made));
    assertArrayEquals(before, Files.readAllBytes(foreign()));
    // As a disk, where the caller says so.
    Cli.run("convert", "-f", "raw", "-O", "raw", foreign(), made).orFail();
    assertArrayEquals(before, Arrays.copyOf(Files.readAllBytes(made), before.length));
  }

  private void assertRefusal(String format, String message) {
    assertEquals(
        foreign()
            + ": looks like "
            + format
            + ", which is none of the formats that are installed ("
            + String.join(", ", DiskImages.formats())
            + "); to read it as a raw disk, name the format raw",
        message);
  }

  /** The backing file of an image that does not record its format. */
  @Test
  void aBackingFileThatIsProbed() throws IOException {
    byte[] qed = new byte[1 << 20];
    System.arraycopy("QED\0".getBytes(StandardCharsets.ISO_8859_1), 0, qed, 0, 4);
    Files.write(foreign(), qed);
    Path image = directory.resolve("x.qcow2");
    DemoImage.write(image, "foreign.img");
    String message = Cli.run("hash", image).message(1);
    assertTrue(message.contains("foreign.img: looks like qed, "), message);
  }
}
