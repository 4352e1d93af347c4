package io.diskformat.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import io.diskformat.testing.LoopDevice;
import io.diskformat.testing.Oracle;
import io.diskformat.testing.RandomContent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A block device as the image of a verb, compared with qemu-img. */
class BlockDeviceVerbsTest {
  private static final int MIB = 1 << 20;

  @TempDir Path directory;
  private final byte[] content = RandomContent.of(1, 0, 4 * MIB);
  private Path behind;
  private LoopDevice loop;
  private Path device;

  @BeforeEach
  void makeDevice() throws Exception {
    behind = Files.write(directory.resolve("behind.img"), content);
    loop = LoopDevice.of(behind);
    device = loop.path();
  }

  @AfterEach
  void freeDevice() throws Exception {
    if (loop != null) {
      loop.close();
    }
  }

  private void assertFails(String expected, Object... arguments) throws IOException {
    String message = Cli.run(arguments).message(1);
    assertTrue(message.contains(expected), message);
    assertArrayEquals(content, Files.readAllBytes(behind));
  }

  @Test
  void isDescribedAsQemuImgDescribesIt() {
    assertEquals(
        Oracle.qemuImg("info", "-f", "raw", device).orFail().output(),
        Cli.run("info", "-f", "raw", device).orFail().output());
    for (String verb : new String[] {"info", "map"}) {
      Object[] arguments = {verb, "-f", "raw", "--output=json", device};
      assertEquals(
          parsed(Oracle.qemuImg(arguments).orFail().output()),
          parsed(Cli.run(arguments).orFail().output()));
    }
  }

  /** Older versions of qemu-img do not report what is compressed. */
  private static JsonElement parsed(String json) {
    return JsonParser.parseString(json.replace("\"compressed\": false, ", ""));
  }

  @Test
  void isRead() throws IOException {
    String hash = Cli.run("hash", behind).orFail().output().split(" ")[0];
    assertEquals(hash + "  " + device + "\n", Cli.run("hash", device).orFail().output());
    Cli.run("compare", "-f", "raw", "-F", "raw", device, behind).orFail();
    Path copy = directory.resolve("copy.qcow2");
    Cli.run("convert", "-f", "raw", "-O", "qcow2", device, copy).orFail();
    Oracle.qemuImg("compare", "-F", "raw", copy, behind).orFail();
    Path part = directory.resolve("part.raw");
    Cli.run("dd", "bs=1M", "skip=1", "count=3", "if=" + device, "of=" + part).orFail();
    assertArrayEquals(Arrays.copyOfRange(content, MIB, 3 * MIB), Files.readAllBytes(part));
  }

  /** As with qemu-img, what the image does not reach stays. */
  @Test
  void isWrittenOver() throws IOException {
    byte[] disk = RandomContent.of(2, 0, 2 * MIB);
    Arrays.fill(disk, MIB, MIB + 100_000, (byte) 0);
    Path source = Files.write(directory.resolve("source.raw"), disk);
    Cli.run("convert", "-n", "-f", "raw", "-O", "raw", source, device).orFail();
    byte[] expected = content.clone();
    System.arraycopy(disk, 0, expected, 0, disk.length);
    assertArrayEquals(expected, Files.readAllBytes(behind));
  }

  @Test
  void isNeitherResizedNorReplacedNorOverrun() throws IOException {
    Path large = directory.resolve("large.raw");
    Cli.run("create", "-q", large, "5M").orFail();
    assertFails(
        "has 4194304 bytes, but the source has 5242880",
        "convert",
        "-n",
        "-O",
        "raw",
        large,
        device);
    assertFails("-n writes onto a block device", "convert", "-O", "raw", large, device);
    assertFails(device + ": not a regular file", "create", device, "1M");
    String size = "it is a block device, which keeps its size of 4194304 bytes";
    assertFails(size, "resize", "-f", "raw", device, "5M");
    assertFails(size, "resize", "--shrink", "-f", "raw", device, "1M");
    Cli.run("resize", "-f", "raw", device, "4M").orFail();
  }

  /** Another format is read from there, but would have to grow and shrink to be written. */
  @Test
  void ofAnotherFormatIsReadOnly() throws IOException {
    Path source = Files.write(directory.resolve("source.raw"), RandomContent.of(2, 0, MIB));
    Oracle.qemuImg("convert", "-f", "raw", "-O", "qcow2", source, device).orFail();
    byte[] before = Files.readAllBytes(behind);
    Cli.run("compare", "-F", "raw", device, source).orFail();
    assertEquals(
        device + ": not supported: writing an image of format qcow2 on a block device",
        Cli.run("convert", "-n", "-O", "qcow2", source, device).message(1));
    assertArrayEquals(before, Files.readAllBytes(behind));
  }

  /** Whichever way round, and by whatever node. */
  @Test
  void aLoopDeviceIsTheFileBehindIt() throws Exception {
    String expected = ": locked: it is the very image that is being read as ";
    assertFails(device + expected + behind, "convert", "-n", "-fraw", "-Oraw", behind, device);
    assertFails(behind + expected + device, "convert", "-n", "-fraw", "-Oraw", device, behind);
    assertFails(behind + expected + device, "convert", "-fraw", "-Oqcow2", device, behind);
    Path node = directory.resolve("node");
    Oracle.of("cp").run("-a", device, node).orFail();
    assertFails(node + expected + device, "convert", "-n", "-fraw", "-Oraw", device, node);
  }

  /** What an image names is opened only if it is a regular file, so no new image names one. */
  @Test
  void isNoBackingFile() throws IOException {
    Path overlay = directory.resolve("overlay.qcow2");
    for (Object[] size : new Object[][] {{}, {"4M"}}) {
      Object[] create = {"create", "-q", "-f", "qcow2", "-b", device, "-F", "raw", overlay};
      Object[] arguments = Arrays.copyOf(create, create.length + size.length);
      System.arraycopy(size, 0, arguments, create.length, size.length);
      assertFails(
          "\" could not be opened: it leads to " + device + ", which is no regular file",
          arguments);
      assertFalse(Files.exists(overlay));
    }
    assertFails(
        "which is no regular file",
        "convert",
        "-fraw",
        "-Oqcow2",
        "-B",
        device,
        "-Fraw",
        behind,
        overlay);
    assertFalse(Files.exists(overlay));
  }
}
