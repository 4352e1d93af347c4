package io.diskformat.qcow2;

import static io.diskformat.qcow2.Qcow2UnderTest.QCOW2;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.ImageMaintenance;
import io.diskformat.OpenOptions;
import io.diskformat.Repair;
import io.diskformat.storage.FileStorage;
import io.diskformat.storage.Storage;
import io.diskformat.testing.RandomContent;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * An L1 entry that points into clusters of data and not to where one begins: what is there is no
 * table, and a repair leaves it as it is.
 */
final class UnalignedTableTest {
  private static final int CLUSTER = 16 << 10;
  private static final int SIZE = 8 * CLUSTER;

  @TempDir private Path directory;

  /** Returns where data begins that is followed by more. */
  private static long data(Storage image, Qcow2Header header) throws IOException {
    long table = L1Entry.table(image.readLong(header.l1Position()));
    return L2Entry.place(image.readLong(table));
  }

  @ParameterizedTest
  @ValueSource(strings = {"extended_l2=on", "extended_l2=off"})
  void dataIsNotRepaired(String layout) throws IOException {
    Path file = directory.resolve("image.qcow2");
    QCOW2.create(file, "cluster_size=16k," + layout, SIZE);
    byte[] content = RandomContent.of(7, 0, SIZE);
    try (DiskImage disk = DiskImages.open(file, QCOW2.writable())) {
      disk.write(0, content);
      disk.createSnapshot("first");
      // So that flags are wrong, too.
      disk.write(0, content);
    }
    try (Storage image = FileStorage.open(file, false, FileStorage.Sharing.UNLOCKED)) {
      Qcow2Header header = HeaderParser.read(image);
      long l1 = SnapshotTable.read(image, header).entries().getFirst().l1().position();
      HeaderPatch.of(file).putLong(l1, L2Entry.COPIED | (data(image, header) + 512));
    }
    try (ImageMaintenance image =
        DiskImages.maintain(file, OpenOptions.writable().format("qcow2"))) {
      assertTrue(image.repair(Repair.ALL).left().corruptions() > 0);
    }
    byte[] found = new byte[SIZE];
    try (DiskImage disk = DiskImages.open(file, OpenOptions.readOnly().format("qcow2"))) {
      disk.read(0, found);
    }
    assertArrayEquals(content, found);
  }
}
