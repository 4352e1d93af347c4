package io.diskformat.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.testing.Oracle;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Verbs that read a disk say, once and beside their result, what was not in its file. */
class MissingDataTest {
  private static final int SIZE = 256 << 10;

  @TempDir private Path directory;
  private Path image;
  private Path whole;
  private final byte[] content = new byte[SIZE];

  @BeforeEach
  void makeImage() throws IOException {
    new Random(1).nextBytes(content);
    Path raw = Files.write(directory.resolve("source.raw"), content);
    whole = directory.resolve("whole.qcow2");
    image = directory.resolve("x.qcow2");
    Oracle.qemuImg("convert", "-f", "raw", "-O", "qcow2", raw, whole).orFail();
    Files.copy(whole, image);
    try (FileChannel channel = FileChannel.open(image, StandardOpenOption.WRITE)) {
      channel.truncate(channel.size() - 1000);
    }
    Arrays.fill(content, SIZE - 1000, SIZE, (byte) 0);
  }

  private void assertTold(int bytes, int status, Object... arguments) {
    Cli.Result result = Cli.run(arguments);
    assertEquals(status, result.status(), result::error);
    assertEquals(
        bytes == 0
            ? ""
            : "diskformat: "
                + image
                + ": "
                + bytes
                + " bytes of the disk are not in the file, and read as zeroes: was it cut short?\n",
        result.error());
  }

  @Test
  void convert() throws IOException {
    Path made = directory.resolve("made");
    assertTold(1000, 0, "convert", "-m", "4", "-O", "raw", image, made);
    assertArrayEquals(content, Files.readAllBytes(made));
    assertTold(1000, 0, "convert", "-c", "-O", "qcow2", image, made);
    assertTold(1000, 0, "convert", "-O", "raw", whole, image, image, made);
    assertTold(1000, 0, "convert", "-O", "vdi", image, made);
    assertTold(1000, 0, "convert", "-n", "-O", "vdi", image, made);
    assertTold(0, 0, "convert", "-O", "raw", whole, made);
  }

  @Test
  void dd() {
    String made = "of=" + directory.resolve("made");
    assertTold(1000, 0, "dd", "if=" + image, made);
    assertTold(512, 0, "dd", "skip=511", "if=" + image, made);
    assertTold(0, 0, "dd", "count=500", "if=" + image, made);
  }

  @Test
  void compareAndHash() {
    assertTold(1000, 1, "compare", image, whole);
    assertTold(1000, 0, "compare", image, image);
    assertTold(1000, 0, "hash", image);
    assertTold(0, 0, "hash", whole);
    assertTold(0, 0, "info", image);
  }

  @Test
  void ofABackingFileItsNameIsTold() throws IOException {
    Path top = directory.resolve("top.qcow2");
    Oracle.of("qemu-img")
        .in(directory)
        .run("create", "-q", "-f", "qcow2", "-b", "x.qcow2", "-F", "qcow2", top)
        .orFail();
    image = image.toRealPath();
    assertTold(1000, 0, "convert", "-O", "raw", top, directory.resolve("made"));
    assertTold(1000, 0, "hash", top);
  }

  @Test
  void aCompressedDiskIsNotReadWhereItsStreamIsCutOff() throws IOException {
    Path compressed = directory.resolve("compressed.qcow2");
    byte[] letters = new byte[SIZE];
    int[] random = new Random(2).ints(SIZE, 'a', 'e').toArray();
    for (int i = 0; i < SIZE; i++) {
      letters[i] = (byte) random[i];
    }
    Path raw = Files.write(directory.resolve("letters.raw"), letters);
    for (String type : List.of("zlib", "zstd")) {
      Oracle.qemuImg(
              "convert",
              "-c",
              "-f",
              "raw",
              "-O",
              "qcow2",
              "-o",
              "compression_type=" + type,
              raw,
              compressed)
          .orFail();
      byte[] bytes = Files.readAllBytes(compressed);
      int end = bytes.length;
      while (bytes[end - 1] == 0) {
        end--;
      }
      Files.write(compressed, Arrays.copyOf(bytes, end - 1000));
      Path made = directory.resolve("made");
      String message = Cli.run("convert", "-O", "raw", compressed, made).message(1);
      assertTrue(message.startsWith(compressed + ": compressed cluster at offset "), message);
      assertTrue(message.endsWith(": was it cut short?"), message);
      assertTrue(Files.notExists(made));
    }
  }
}
