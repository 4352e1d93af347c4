package io.diskformat.layer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.storage.FileStorage;
import io.diskformat.storage.FileStorage.Sharing;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Clusters that cannot be stored through a mapping, as its file was cut short. Compiled code tells
 * of that late, and by then nothing must refer to them.
 */
final class LateFaultTest {
  private static final int CLUSTER = PlainDisk.CLUSTER;
  private static final int WARM_UP = 400_000;
  private static final int FAULTS = 200;
  private static final long LEFT = 16L * CLUSTER;

  @TempDir private Path directory;

  private Path file(long size) throws IOException {
    Path path = directory.resolve("data");
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
      file.setLength(size);
    }
    return path;
  }

  @Test
  void whatCouldNotBeStoredIsNotLinked() throws IOException {
    Path path = file(LEFT + 2L * FAULTS * CLUSTER);
    try (FileStorage storage = FileStorage.open(path, true, Sharing.UNLOCKED)) {
      PlainDisk disk = new PlainDisk((long) FAULTS * CLUSTER, storage, null);
      byte[] content = new byte[CLUSTER];
      for (int i = 0; i < WARM_UP; i++) {
        disk.table.places[i % FAULTS] = 0;
        disk.writer.next = CLUSTER;
        disk.write((long) i % FAULTS * CLUSTER, content);
      }
      java.util.Arrays.fill(disk.table.places, 0);
      assertTrue(storage.mapped().byteSize() > LEFT + FAULTS * CLUSTER);
      file(LEFT);
      for (int i = 0; i < FAULTS; i++) {
        long offset = (long) i * CLUSTER;
        disk.writer.next = LEFT + offset;
        assertThrows(IOException.class, () -> disk.write(offset, content));
        assertEquals(0, disk.place(offset), "cluster " + i + " is linked");
      }
    }
  }
}
