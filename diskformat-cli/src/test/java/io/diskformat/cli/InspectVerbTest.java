package io.diskformat.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.CreateOptions;
import io.diskformat.DiskImages;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The verb that says whether an image is to be taken. */
final class InspectVerbTest {
  @TempDir Path directory;
  private Path image;

  @BeforeEach
  void create() throws IOException {
    image = directory.resolve("image.qcow2");
    DiskImages.create(image, CreateOptions.format("qcow2").size(1 << 20));
  }

  private void patch(long position, int value) throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
      file.seek(position);
      file.write(value);
    }
  }

  @Test
  void aSaneImage() {
    assertEquals(
        """
        image: %s
        format: qcow2
        virtual size: 1 MiB (1048576 bytes)
        verdict: sane
        """
            .formatted(image),
        Cli.run("inspect", image).orFail().output());
  }

  @Test
  void aHostileImage() throws IOException {
    patch(79, 4);
    Cli.Result result = Cli.run("inspect", image);
    assertEquals(2, result.status());
    assertEquals("", result.error());
    assertEquals(
        """
        image: %s
        format: qcow2
        virtual size: 1 MiB (1048576 bytes)
        refused: qcow2.data-file at 72: its data is in another file
        verdict: refused, as the first 80 bytes show
        """
            .formatted(image),
        result.output());
    Cli.Result allowed = Cli.run("inspect", "--allow", "qcow2.data-file", image);
    assertEquals(0, allowed.status());
    assertTrue(allowed.output().contains("warning: qcow2.data-file at 72"), allowed.output());
  }

  @Test
  void json() throws IOException {
    patch(35, 1);
    Cli.Result result = Cli.run("inspect", "--output=json", image);
    assertEquals(2, result.status());
    assertEquals(
        """
        {
            "filename": "%s",
            "format": "qcow2",
            "virtual-size": 1048576,
            "encryption": "aes",
            "decided-by": 8,
            "length": %d,
            "complete": true,
            "sane": false,
            "findings": [
                {
                    "rule": "encrypted",
                    "severity": "refusal",
                    "position": 32,
                    "proven-by": 36,
                    "message": "the disk is encrypted (aes)"
                }
            ]
        }
        """
            .formatted(image, Files.size(image)),
        result.output());
  }

  @Test
  void limits() {
    assertEquals(0, Cli.run("inspect", "-q", "--max-size", "1M", image).orFail().status());
    assertEquals(2, Cli.run("inspect", "-q", "--max-size", "1023k", image).status());
    assertEquals(2, Cli.run("inspect", "-q", "--max-ratio", "1", image).status());
    assertEquals(0, Cli.run("inspect", "-q", "-f", "raw", "-f", "qcow2", image).orFail().status());
    assertEquals(2, Cli.run("inspect", "-q", "-f", "raw", image).status());
    assertEquals("", Cli.run("inspect", "-q", "-f", "raw", image).output());
  }

  @Test
  void whatCannotBeFoundOut() {
    String missing = Cli.run("inspect", directory.resolve("none")).message(1);
    assertTrue(missing.contains("none"), missing);
    String directoryName = Cli.run("inspect", directory).message(1);
    assertTrue(directoryName.contains(directory.toString()), directoryName);
    assertTrue(
        Cli.run("inspect", "--max-ratio", "none", image).message(1).contains("--max-ratio"));
  }
}
