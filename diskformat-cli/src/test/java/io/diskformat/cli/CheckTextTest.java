package io.diskformat.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.testing.Oracle;
import io.diskformat.testing.QemuIo;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code check} of damaged qcow2 images writes what qemu-img writes, to the byte. */
final class CheckTextTest {
  private static final int CLUSTER = 4096;
  private static final long COPIED = 1L << 63;

  @TempDir Path directory;

  /** Damages an image. */
  @FunctionalInterface
  private interface Damage {
    void to(RandomAccessFile image) throws IOException;
  }

  /** What a repair does to it, too, is said in the same words. */
  private final List<Damage> repairable =
      List.of(
          // A leak
          image -> putRefcount(image, image.length() / CLUSTER - 1, 5),
          // The refcounts of clusters that a snapshot has, too, and of one that it has not
          image -> putRefcount(image, data(image, 1) / CLUSTER, 1),
          image -> putRefcount(image, data(image, 40) / CLUSTER, 7),
          // Flags
          image -> putLong(image, l2(image) + 40 * 8, data(image, 40)),
          image -> putLong(image, l1(image), l2(image)),
          image -> putLong(image, l2(image) + 8, data(image, 1) | COPIED));

  private final List<Damage> others =
      List.of(
          image -> putLong(image, l2(image), data(image, 0) | 1L << 57),
          image -> putLong(image, l1(image), l2(image) | COPIED | 2),
          image -> putLong(image, l2(image), 1L << 40),
          image -> putLong(image, l2(image), data(image, 0) + 512),
          image -> putLong(image, l2(image), 1L << 62 | 1L << 45),
          image -> putLong(image, l1(image), l2(image) + 1024 | COPIED),
          image -> putRefcount(image, data(image, 0) / CLUSTER, 0),
          image -> putLong(image, longAt(image, 48) + 8, 1L << 41),
          image -> putLong(image, longAt(image, 48) + 8, CLUSTER | 512),
          image -> putLong(image, longAt(image, 64), 4 * CLUSTER + 8));

  private static long longAt(RandomAccessFile image, long position) throws IOException {
    image.seek(position);
    return image.readLong();
  }

  private static long l1(RandomAccessFile image) throws IOException {
    return longAt(image, 40);
  }

  private static long l2(RandomAccessFile image) throws IOException {
    return longAt(image, l1(image)) & ~COPIED;
  }

  private static long data(RandomAccessFile image, int entry) throws IOException {
    return longAt(image, l2(image) + 8L * entry) & ~COPIED;
  }

  private static void putLong(RandomAccessFile image, long position, long value)
      throws IOException {
    image.seek(position);
    image.writeLong(value);
  }

  private static void putRefcount(RandomAccessFile image, long cluster, int value)
      throws IOException {
    image.seek(longAt(image, longAt(image, 48)) + 2 * cluster);
    image.writeShort(value);
  }

  private Path image() throws IOException {
    Path image = directory.resolve("whole.qcow2");
    Oracle.qemuImg("create", "-q", "-f", "qcow2", "-o", "cluster_size=4k", image, "1M").orFail();
    QemuIo.on(image, "qcow2").fill(1, 0, 30 * CLUSTER).run().orFail();
    Oracle.qemuImg("snapshot", "-c", "one", image).orFail();
    QemuIo.on(image, "qcow2").fill(2, 20 * CLUSTER, 30 * CLUSTER).run().orFail();
    return image;
  }

  private Path damaged(Path whole, Damage damage) throws IOException {
    Path image = directory.resolve("damaged.qcow2");
    Files.copy(whole, image, StandardCopyOption.REPLACE_EXISTING);
    try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
      damage.to(file);
    }
    return image;
  }

  private static void assertAlike(Oracle.Result theirs, Cli.Result ours) {
    assertEquals(theirs.output(), ours.output());
    assertEquals(theirs.error(), ours.error());
    assertEquals(theirs.exitCode(), ours.status());
  }

  @Test
  void whatIsFound() throws IOException {
    Path whole = image();
    assertAlike(Oracle.qemuImg("check", whole), Cli.run("check", whole));
    for (List<Damage> damages : List.of(repairable, others)) {
      for (Damage damage : damages) {
        Path image = damaged(whole, damage);
        assertAlike(Oracle.qemuImg("check", image), Cli.run("check", image));
        Oracle.Result theirs = Oracle.qemuImg("check", "-q", image);
        assertAlike(theirs, Cli.run("check", "-q", image));
        String json = Cli.run("check", "--output=json", image).output();
        String expected = Oracle.qemuImg("check", "--output=json", image).output();
        int end = expected.lastIndexOf("\n}");
        assertEquals(
            expected.substring(0, end) + ",\n    \"findings\": [",
            json.substring(0, Math.min(json.length(), end + 19)));
      }
    }
  }

  /** A half is rounded to the even digit: 3.125 to 3.12, and 9.375 to 9.38. */
  @Test
  void percentages() throws IOException {
    Path image = directory.resolve("image.qcow2");
    Oracle.qemuImg("create", "-q", "-f", "qcow2", "-o", "cluster_size=4k", image, "512k").orFail();
    for (int clusters : new int[] {4, 12}) {
      QemuIo.on(image, "qcow2").fill(1, 0, clusters * CLUSTER).run().orFail();
      assertAlike(Oracle.qemuImg("check", image), Cli.run("check", image));
    }
  }

  @Test
  void whatIsRepaired() throws IOException {
    Path whole = image();
    for (Damage damage : repairable) {
      for (String extent : List.of("leaks", "all")) {
        Oracle.Result theirs = Oracle.qemuImg("check", "-r", extent, damaged(whole, damage));
        assertAlike(theirs, Cli.run("check", "-r", extent, damaged(whole, damage)));
      }
    }
  }

  @Test
  void aDryRunSaysWhatWouldChange() throws IOException {
    Path image = damaged(image(), repairable.getFirst());
    byte[] before = Files.readAllBytes(image);
    Cli.Result result = Cli.run("check", "-r", "all", "--dry-run", image);
    assertEquals(0, result.status(), result.toString());
    assertTrue(
        result
            .output()
            .startsWith(
                """
                The following inconsistencies would be repaired:

                    1 leaked clusters
                    0 corruptions

                Nothing was changed. What a check would then find:
                No errors were found on the image.
                """),
        result.toString());
    assertTrue(result.error().contains("Would repair cluster"), result.error());
    assertArrayEquals(before, Files.readAllBytes(image));
    assertTrue(Cli.run("check", "--dry-run", image).message(1).contains("-r"));
  }
}
