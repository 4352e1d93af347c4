package io.diskformat.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.transfer.ContentHash;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HashVerbTest {
  @TempDir Path directory;
  private Path image;

  @BeforeEach
  void writeImage() throws IOException {
    image = directory.resolve("demo.qcow2");
    DemoImage.write(image);
  }

  private String hash(Object... options) {
    Object[] arguments = new Object[options.length + 2];
    arguments[0] = "hash";
    System.arraycopy(options, 0, arguments, 1, options.length);
    arguments[options.length + 1] = image;
    String output = Cli.run(arguments).orFail().output();
    assertTrue(output.endsWith("  " + image + "\n"), output);
    return output.substring(0, output.indexOf("  /"));
  }

  @Test
  void printsTheChecksumOfTheDisk() throws IOException {
    try (DiskImage disk = DiskImages.open(image)) {
      assertEquals(ContentHash.sha256().of(disk).hex(), hash());
      assertEquals(ContentHash.algorithm("blake3").of(disk).hex(), hash("--algorithm=blake3"));
    }
    assertEquals(hash(), hash("--algorithm", "SHA-256", "-f", "qcow2", "-U"));
    assertNotEquals(hash(), hash("-l", DemoImage.SNAPSHOT));
    assertEquals(hash("-l", "1"), hash("-l", DemoImage.SNAPSHOT));
    assertNotEquals(hash(), hash("-f", "raw"));
  }

  @Test
  void showsProgress() {
    assertTrue(hash("-p").startsWith("    (0.00/100%)\r"));
  }

  @Test
  void refusesWhatThereIsNot() {
    assertTrue(Cli.run("hash", "--algorithm=crc", image).message(1).contains("crc"));
    Cli.run("hash", "-l", "nonesuch", image).message(1);
    Cli.run("hash", directory.resolve("nonesuch")).message(1);
  }
}
