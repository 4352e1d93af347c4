package io.diskformat.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.testing.Oracle;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code compare}, compared with that of qemu-img. */
class CompareVerbTest {
  private static final int MIB = 1 << 20;

  @TempDir Path directory;

  /** Makes a disk that has a byte of data at each of some offsets. */
  private Path disk(String name, long size, long... offsets) throws IOException {
    Path file = directory.resolve(name);
    try (RandomAccessFile disk = new RandomAccessFile(file.toFile(), "rw")) {
      disk.setLength(size);
      for (long offset : offsets) {
        disk.seek(offset);
        disk.write(1);
      }
    }
    return file;
  }

  private static void assertAgrees(Object... arguments) {
    Oracle.Result theirs = Oracle.qemuImg(arguments);
    Cli.Result ours = Cli.run(arguments);
    String message = List.of(arguments).toString();
    assertEquals(comparable(theirs.output()), comparable(ours.output()), message);
    assertEquals(theirs.exitCode(), ours.status(), message);
  }

  /**
   * To qemu-img, what ends at the end of the file differs in status from what goes on behind it.
   */
  private static String comparable(String output) {
    return output.replaceAll("Offset \\d+ block status", "Offset N block status");
  }

  @Test
  void saysWhatQemuImgSays() throws IOException {
    List<Path> disks = new ArrayList<>();
    disks.add(disk("a.raw", 4 * MIB, 5000, 3 * MIB));
    disks.add(disk("same.raw", 4 * MIB, 5000, 3 * MIB));
    disks.add(disk("other.raw", 4 * MIB, 5000, 3 * MIB, 3 * MIB + 70_007));
    disks.add(disk("longer.raw", 6 * MIB, 5000, 3 * MIB));
    disks.add(disk("more.raw", 6 * MIB, 5000, 3 * MIB, 5 * MIB + 1234));
    disks.add(disk("none.raw", 0));
    disks.add(disk("zero.raw", 4 * MIB));
    Path demo = directory.resolve("demo.qcow2");
    DemoImage.write(demo);
    disks.add(demo);
    Path raw = directory.resolve("demo.raw");
    Oracle.qemuImg("convert", "-O", "raw", demo, raw).orFail();
    disks.add(raw);
    disks.add(SampleImages.compressed(disks.getFirst()));
    for (Path first : disks) {
      for (Path second : disks) {
        assertAgrees("compare", first, second);
        assertAgrees("compare", "-s", "-U", first, second);
      }
    }
    assertAgrees("compare", "-q", disks.get(0), disks.get(1));
    assertAgrees("compare", "-q", disks.get(0), disks.get(2));
    assertAgrees("compare", "-f", "raw", disks.get(0), disks.get(1));
    assertAgrees("compare", "-F", "raw", demo, demo);
    assertAgrees("compare", "-f", "raw", "-F", "raw", "-T", "none", demo, demo);
  }

  @Test
  void tellsFailureFromDifference() throws IOException {
    Path disk = disk("a.raw", MIB);
    Path missing = directory.resolve("missing");
    assertTrue(Cli.run("compare", disk, missing).message(2).endsWith("no such file"));
    Cli.run("compare", "-f", "qcow2", disk, disk).message(2);
    Cli.run("compare", "-F", "qcow2", disk, disk).message(2);
    Cli.run("compare", "-T", "sometimes", disk, disk).message(2);
    Cli.run("compare", disk).message(2);
    Cli.run("compare", disk, disk, disk).message(2);
    assertEquals(2, Oracle.qemuImg("compare", disk, missing).exitCode());
  }

  @Test
  void showsProgress() throws IOException {
    Path disk = disk("a.raw", MIB, 0);
    String output = Cli.run("compare", "-p", disk, disk).orFail().output();
    assertTrue(output.startsWith("    (0.00/100%)\r"), output);
    assertTrue(output.endsWith("    (100.00/100%)\rImages are identical.\n\n"), output);
    assertEquals("", Cli.run("compare", "-p", "-q", disk, disk).orFail().output());
  }

  @Test
  void writesJson() throws IOException {
    Path disk = disk("a.raw", MIB, 5000);
    Path other = disk("b.raw", 2 * MIB, 5000, MIB + 777);
    assertEquals(
        """
        {
            "filename": "%s",
            "other-filename": "%s",
            "strict": false,
            "identical": false,
            "verdict": "content",
            "offset": %d,
            "sizes-differ": true
        }
        """
            .formatted(disk, other, MIB + 777),
        json(1, "compare", "--output=json", disk, other));
    String same = json(0, "compare", "-q", "--out", "json", disk, disk);
    assertTrue(same.contains("\"identical\": true,\n    \"verdict\": \"identical\""), same);
    assertTrue(!same.contains("offset"), same);
    String strict = json(1, "compare", "-s", "--output=json", disk, other);
    assertTrue(strict.contains("\"verdict\": \"size\",\n    \"sizes-differ\": true"), strict);
    assertTrue(strict.contains("\"strict\": true"), strict);
    Cli.run("compare", "--output=xml", disk, disk).message(2);
  }

  private static String json(int status, Object... arguments) {
    Cli.Result result = Cli.run(arguments);
    assertEquals(status, result.status());
    assertEquals("", result.error());
    return result.output();
  }

  @Test
  void showsProgressBesideJson() throws IOException {
    Path disk = disk("a.raw", MIB, 0);
    Cli.Result result = Cli.run("compare", "-p", "--output=json", disk, disk);
    assertTrue(result.output().startsWith("{"), result.output());
    assertTrue(result.error().startsWith("    (0.00/100%)\r"), result.error());
    assertTrue(result.error().endsWith("    (100.00/100%)\r\n"), result.error());
  }

  @Test
  void listsAllRanges() throws IOException {
    Path disk = disk("a.raw", 4 * MIB, 5000);
    Path other = disk("b.raw", 4 * MIB, 5000, 5 * 512, 6 * 512 + 511, 2 * MIB - 1, 2 * MIB, 4 * MIB - 1);
    Cli.Result result = Cli.run("compare", "--ranges", disk, other);
    assertEquals(1, result.status());
    assertEquals(
        """
        Content differs from 2560 to 3584, 1024 bytes
        Content differs from 2096640 to 2097664, 1024 bytes
        Content differs from 4193792 to 4194304, 512 bytes
        Images differ.
        """,
        result.output());
    String json = json(1, "compare", "--ranges", "--output=json", disk, other);
    assertEquals(
        """
            "verdict": "content",
            "offset": 2560,
            "sizes-differ": false,
            "complete": true,
            "ranges": [
                {
                    "start": 2560,
                    "length": 1024
                },
                {
                    "start": 2096640,
                    "length": 1024
                },
                {
                    "start": 4193792,
                    "length": 512
                }
            ]
        }
        """,
        json.substring(json.indexOf("    \"verdict\"")));
    assertEquals(
        "Images are identical.\n",
        Cli.run("compare", "--ranges", disk, disk).orFail().output());
    Cli.run("compare", "--ranges", "-s", disk, disk).message(2);
  }
}
