package io.diskformat.qcow2;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.CorruptImageException;
import io.diskformat.CreateOptions;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.storage.FileStorage;
import io.diskformat.storage.Storage;
import io.diskformat.testing.RandomContent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Images whose tables say that tables may be overwritten, and some that only look so. */
final class GuardTest {
  private static final OpenOptions WRITABLE = OpenOptions.writable().format("qcow2");
  private static final int CLUSTER = 4096;
  private static final int REFCOUNT_BLOCK = 2 * CLUSTER;
  private static final long COPIED = 1L << 63;

  @TempDir private Path directory;

  private Path image() throws IOException {
    Path path = directory.resolve("image.qcow2");
    DiskImages.create(
        path, CreateOptions.format("qcow2").size(1 << 20).option("cluster_size", "4096"));
    try (DiskImage disk = DiskImages.open(path, WRITABLE)) {
      disk.write(0, RandomContent.of(1, 0, 3 * CLUSTER));
    }
    return path;
  }

  private static long word(Path path, long position) throws IOException {
    try (Storage storage = FileStorage.open(path, false, FileStorage.Sharing.UNLOCKED)) {
      return storage.readLong(position);
    }
  }

  /** Returns where the only L2 table is. */
  private static long l2(Path path) throws IOException {
    return word(path, word(path, 40)) & ClusterMap.OFFSET_MASK;
  }

  @ParameterizedTest
  @ValueSource(longs = {0, StandardMap.ZERO})
  void noWriteLandsOnATable(long flag) throws IOException {
    Path path = image();
    HeaderPatch.of(path).putLong(l2(path) + 8, REFCOUNT_BLOCK | COPIED | flag);
    byte[] block = new byte[CLUSTER];
    System.arraycopy(Files.readAllBytes(path), REFCOUNT_BLOCK, block, 0, CLUSTER);
    DiskImage disk = DiskImages.open(path, WRITABLE);
    CorruptImageException e =
        assertThrows(CorruptImageException.class, () -> disk.write(CLUSTER, new byte[512]));
    assertEquals("refcount block", e.structure());
    assertEquals(REFCOUNT_BLOCK, e.fileOffset());
    assertThrows(IOException.class, () -> disk.write(0, new byte[512]));
    assertThrows(IOException.class, disk::close);
    byte[] after = new byte[CLUSTER];
    System.arraycopy(Files.readAllBytes(path), REFCOUNT_BLOCK, after, 0, CLUSTER);
    assertArrayEquals(block, after);
    assertTrue((word(path, HeaderPatch.INCOMPATIBLE) & Qcow2Header.CORRUPT) != 0);
    assertThrows(CorruptImageException.class, () -> DiskImages.open(path, WRITABLE));
  }

  /** Then a copy is written, and the old place is data's like any other. */
  @Test
  void aTableThatIsNotFlaggedAsSingleIsReplaced() throws IOException {
    Path path = image();
    long l1 = word(path, 40);
    HeaderPatch.of(path).putLong(l1, l2(path));
    try (DiskImage disk = DiskImages.open(path, WRITABLE)) {
      for (int round = 0; round < 4; round++) {
        disk.write(round * 8 * CLUSTER, RandomContent.of(2, round * 8 * CLUSTER, 8 * CLUSTER));
        disk.flush();
      }
    }
    byte[] found = new byte[32 * CLUSTER];
    try (DiskImage disk = DiskImages.open(path);
        Storage storage = FileStorage.open(path, false, FileStorage.Sharing.UNLOCKED)) {
      disk.read(0, found);
      RefcountAudit audit = RefcountAudit.of(storage);
      assertEquals("", audit.corruption());
      assertEquals(0, audit.leaks());
    }
    assertArrayEquals(RandomContent.of(2, 0, 32 * CLUSTER), found);
  }
}
