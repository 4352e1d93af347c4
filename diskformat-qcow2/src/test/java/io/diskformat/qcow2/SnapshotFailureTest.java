package io.diskformat.qcow2;

import static io.diskformat.qcow2.Qcow2UnderTest.QCOW2;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.BlockDevice;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.Snapshot;
import io.diskformat.storage.FileStorage;
import io.diskformat.storage.Storage;
import io.diskformat.testing.FailingWork;
import io.diskformat.testing.NamedStorage;
import io.diskformat.testing.RandomContent;
import io.diskformat.testing.Seeds;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Each operation on the file fails in turn while snapshots are taken, applied and deleted. */
final class SnapshotFailureTest {
  private static final int SIZE = 40 * 512;

  @TempDir private Path directory;

  private Path file() {
    return directory.resolve("image.qcow2");
  }

  private static byte[] content(BlockDevice device) throws IOException {
    byte[] bytes = new byte[Math.toIntExact(device.size())];
    device.read(0, bytes);
    return bytes;
  }

  @ParameterizedTest
  @ValueSource(strings = {"compat=1.1", "compat=0.10"})
  void whateverFailsTheImageIsSound(String layout) throws IOException {
    Random random = new Random(Seeds.of(getClass(), 1));
    QCOW2.create(file(), "cluster_size=512," + layout, SIZE);
    byte[] first = RandomContent.of(1, 0, SIZE);
    byte[] second = RandomContent.of(2, 0, SIZE);
    try (DiskImage disk = DiskImages.open(file(), QCOW2.writable())) {
      disk.write(0, first);
      disk.createSnapshot("old");
      disk.write(0, second);
    }
    Storage image;
    try (Storage stored = FileStorage.open(file(), false, FileStorage.Sharing.UNLOCKED)) {
      image = io.diskformat.testing.PagedStorage.copyOf(stored);
    }
    int failures =
        new FailingWork(
                List.of(image),
                images -> work(images.getFirst()),
                (images, done) -> look(images.getFirst(), done, first, second),
                random)
            .run();
    assertTrue(failures > 40, failures + " failures");
    System.out.println(layout + ": " + failures + " failures");
  }

  private void work(Storage image) throws IOException {
    try (DiskImage disk = DiskImages.open(new NamedStorage(image, file()), QCOW2.writable())) {
      if (names(disk).equals(List.of("old"))) {
        disk.createSnapshot("new");
      }
      if (names(disk).contains("old")) {
        disk.applySnapshot("old");
        disk.deleteSnapshot("old");
      }
    }
  }

  private static List<String> names(DiskImage disk) throws IOException {
    return disk.info().snapshots().stream().map(Snapshot::name).toList();
  }

  private void look(Storage image, boolean done, byte[] first, byte[] second) throws IOException {
    assertEquals("", QCOW2.corruption(image));
    try (DiskImage disk = DiskImages.open(new NamedStorage(image, file()), QCOW2.writable())) {
      if (done) {
        assertEquals(List.of("new"), names(disk));
        assertArrayEquals(first, content(disk));
      }
      byte[] shown = content(disk);
      assertTrue(java.util.Arrays.equals(shown, first) || java.util.Arrays.equals(shown, second));
      for (String name : names(disk)) {
        try (BlockDevice snapshot = disk.openSnapshot(name)) {
          assertArrayEquals(name.equals("old") ? first : second, content(snapshot), name);
        }
      }
    }
    assertEquals("", QCOW2.problem(image));
  }
}
