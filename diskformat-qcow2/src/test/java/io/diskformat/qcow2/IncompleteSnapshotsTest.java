package io.diskformat.qcow2;

import static io.diskformat.qcow2.Qcow2UnderTest.QCOW2;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.BlockDevice;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.ImageMaintenance;
import io.diskformat.OpenOptions;
import io.diskformat.ProgressListener;
import io.diskformat.storage.FileStorage;
import io.diskformat.storage.Storage;
import io.diskformat.testing.FailingWork;
import io.diskformat.testing.NamedStorage;
import io.diskformat.testing.Oracle;
import io.diskformat.testing.PagedStorage;
import io.diskformat.testing.RandomContent;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Snapshots without the size of their disk, as old tools recorded them: it is the image's size. */
final class IncompleteSnapshotsTest {
  private static final int SIZE = 1 << 20;

  @TempDir private Path directory;
  private Path image;

  @BeforeEach
  void name() {
    image = directory.resolve("image.qcow2");
  }

  /** Creates an image with two snapshots, the last of which has no extra data. */
  private void create(String compat) throws IOException {
    Oracle.qemuImg("create", "-q", "-f", "qcow2", "-o", "compat=" + compat, image, SIZE).orFail();
    write(1);
    Oracle.qemuImg("snapshot", "-c", "first", image).orFail();
    write(2);
    Oracle.qemuImg("snapshot", "-c", "second", image).orFail();
    strip();
  }

  /** Takes the extra data away from the last of two snapshots. */
  private void strip() throws IOException {
    ByteBuffer file = ByteBuffer.wrap(Files.readAllBytes(image));
    int first = (int) file.getLong(64);
    int last = first + (40 + file.getInt(first + 36) + text(file, first) + 7 & -8);
    byte[] text = new byte[text(file, last)];
    file.get(last + 40 + file.getInt(last + 36), text);
    Files.write(image, file.putInt(last + 36, 0).put(last + 40, text).array());
  }

  private static int text(ByteBuffer file, int record) {
    return file.getShort(record + 12) + file.getShort(record + 14);
  }

  private void write(long seed) throws IOException {
    try (DiskImage disk = DiskImages.open(image, QCOW2.writable())) {
      disk.write(SIZE - 100_000, RandomContent.of(seed, 0, 100_000));
    }
  }

  private void assertKept() throws IOException {
    Oracle.qemuImg("check", image).orFail();
    try (ImageMaintenance opened = DiskImages.maintain(image, OpenOptions.readOnly())) {
      assertTrue(opened.check().isClean(), () -> "check");
    }
    for (int i = 1; i <= 2; i++) {
      String name = i == 1 ? "first" : "second";
      byte[] expected = new byte[SIZE];
      System.arraycopy(RandomContent.of(i, 0, 100_000), 0, expected, SIZE - 100_000, 100_000);
      Path raw = directory.resolve("raw");
      Oracle.qemuImg("convert", "-l", "snapshot.name=" + name, "-O", "raw", image, raw).orFail();
      byte[] theirs = Files.readAllBytes(raw);
      // QEMU gives snapshots the size of the disk.
      assertArrayEquals(
          Arrays.copyOf(expected, Math.min(SIZE, theirs.length)),
          Arrays.copyOf(theirs, Math.min(SIZE, theirs.length)),
          name);
      try (DiskImage disk = DiskImages.open(image, QCOW2.readOnly());
          BlockDevice snapshot = disk.openSnapshot(name)) {
        assertEquals(SIZE, snapshot.size(), name);
        byte[] found = new byte[SIZE];
        snapshot.read(0, found);
        assertArrayEquals(expected, found, name);
      }
    }
  }

  @Test
  void version3HasTheirSizes() throws IOException {
    create("0.10");
    try (ImageMaintenance opened =
        DiskImages.maintain(image, OpenOptions.writable().format("qcow2"))) {
      opened.amend(Map.of("compat", "1.1"), ProgressListener.NONE);
    }
    assertKept();
  }

  @Test
  void theyKeepTheirSizeWhenTheImageGetsAnother() throws IOException {
    for (int size : new int[] {2 * SIZE, SIZE / 2}) {
      Files.deleteIfExists(image);
      create("1.1");
      try (DiskImage disk = DiskImages.open(image, QCOW2.writable())) {
        disk.resize(size);
      }
      assertKept();
      byte[] all = new byte[size];
      try (DiskImage disk = DiskImages.open(image, QCOW2.readOnly())) {
        assertEquals(size, disk.size());
        disk.read(0, all);
      }
      byte[] expected = new byte[SIZE];
      System.arraycopy(RandomContent.of(2, 0, 100_000), 0, expected, SIZE - 100_000, 100_000);
      assertArrayEquals(Arrays.copyOf(expected, size), all);
    }
  }

  @Test
  void theyKeepTheirSizeWhenTheImageGetsThatOfAnotherSnapshot() throws IOException {
    Oracle.qemuImg("create", "-q", "-f", "qcow2", image, SIZE).orFail();
    Oracle.qemuImg("snapshot", "-c", "first", image).orFail();
    Oracle.qemuImg("resize", "-q", "-f", "qcow2", image, 2 * SIZE).orFail();
    Oracle.qemuImg("snapshot", "-c", "second", image).orFail();
    strip();
    try (DiskImage disk = DiskImages.open(image, QCOW2.writable())) {
      disk.applySnapshot("first");
      assertEquals(SIZE, disk.size());
    }
    Oracle.qemuImg("check", image).orFail();
    try (DiskImage disk = DiskImages.open(image, QCOW2.readOnly());
        BlockDevice snapshot = disk.openSnapshot("second")) {
      assertEquals(SIZE, disk.size());
      assertEquals(2 * SIZE, snapshot.size());
    }
  }

  /** Whatever fails while their sizes are recorded, nothing is lost, and no cluster for good. */
  @Test
  void whateverFailsTheImageIsSound() throws IOException {
    create("1.1");
    Storage stored;
    try (Storage file = FileStorage.open(image, false, FileStorage.Sharing.UNLOCKED)) {
      stored = PagedStorage.copyOf(file);
    }
    int failures =
        new FailingWork(
                List.of(stored),
                images -> grow(images.getFirst()),
                (images, done) -> look(images.getFirst(), done),
                new Random(1))
            .run();
    assertTrue(failures > 10, failures + " failures");
  }

  private void grow(Storage file) throws IOException {
    try (DiskImage disk = DiskImages.open(new NamedStorage(file, image), QCOW2.writable())) {
      if (disk.size() == SIZE) {
        disk.resize(2 * SIZE);
      }
    }
  }

  private void look(Storage file, boolean done) throws IOException {
    assertEquals("", QCOW2.corruption(file));
    try (DiskImage disk = DiskImages.open(new NamedStorage(file, image), QCOW2.writable());
        BlockDevice snapshot = disk.openSnapshot("second")) {
      assertEquals(SIZE, snapshot.size());
      byte[] found = new byte[100_000];
      snapshot.read(SIZE - found.length, found);
      assertArrayEquals(RandomContent.of(2, 0, found.length), found);
      assertTrue(!done || disk.size() == 2 * SIZE, () -> "the disk did not grow");
    }
    assertEquals("", QCOW2.problem(file));
  }
}
