package io.diskformat.vdi;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.CreateOptions;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.testing.CrashImages;
import io.diskformat.testing.FaultyStorage;
import io.diskformat.testing.NamedStorage;
import io.diskformat.testing.Seeds;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which blocks of the file are used. */
final class PlacesTest {
  private static final int BLOCK = 4096;
  private static final int BLOCKS = 8;
  private static final int LARGE = HandmadeVdi.BLOCK;
  private static final OpenOptions WRITABLE = OpenOptions.writable().format("vdi");

  @TempDir private Path directory;

  private Path full() throws IOException {
    Path path = directory.resolve("disk.vdi");
    byte[] content = new byte[BLOCKS * BLOCK];
    Arrays.fill(content, (byte) 7);
    DiskImages.create(
        path,
        CreateOptions.format("vdi").size(content.length).option("block_size", "4k"),
        disk -> disk.write(0, content));
    return path;
  }

  private static int count(Path path) throws IOException {
    ByteBuffer field = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN);
    try (FileChannel file = FileChannel.open(path)) {
      file.read(field, 388);
    }
    return field.getInt(0);
  }

  /** A place that may not be used again before a flush does not make another one necessary. */
  @Test
  void thereAreNeverMorePlacesThanBlocks() throws IOException {
    Path path = full();
    try (DiskImage disk = DiskImages.open(path, WRITABLE)) {
      byte[] expected = new byte[BLOCKS * BLOCK];
      for (int i = 0; i < 3; i++) {
        disk.discard(0, disk.size());
        disk.write(BLOCK + 5, new byte[] {1});
        disk.writeZeroes(4 * BLOCK, 2 * BLOCK);
        disk.write(3 * BLOCK - 1, new byte[2 * BLOCK]);
        disk.flush();
        expected[BLOCK + 5] = 1;
        assertTrue(count(path) <= BLOCKS, "places: " + count(path));
        byte[] found = new byte[expected.length];
        disk.read(0, found);
        assertArrayEquals(expected, found);
        Arrays.fill(found, (byte) 9);
        disk.write(0, found);
        disk.flush();
        assertEquals(BLOCKS, count(path));
      }
    }
  }

  @Test
  void theFileIsAsShortAsItsContentAllows() throws IOException {
    Path path = full();
    long before = Files.size(path);
    try (DiskImage disk = DiskImages.open(path, WRITABLE)) {
      disk.discard(BLOCK, BLOCK);
      disk.writeZeroes(3 * BLOCK, BLOCK);
    }
    assertEquals(before - 2 * BLOCK, Files.size(path));
    assertEquals(BLOCKS - 2, count(path));
    byte[] expected = new byte[BLOCKS * BLOCK];
    Arrays.fill(expected, (byte) 7);
    Arrays.fill(expected, BLOCK, 2 * BLOCK, (byte) 0);
    Arrays.fill(expected, 3 * BLOCK, 4 * BLOCK, (byte) 0);
    try (DiskImage disk = DiskImages.open(path)) {
      byte[] found = new byte[expected.length];
      disk.read(0, found);
      assertArrayEquals(expected, found);
    }
  }

  /** What a killed writer left is used by the next one. */
  @Test
  void blocksThatNobodyHasAreUsedFirst() throws IOException {
    Path path = full();
    try (FileChannel file = FileChannel.open(path, StandardOpenOption.WRITE)) {
      // The map begins at the first MiB: its third block has no place any longer.
      file.write(ByteBuffer.wrap(new byte[] {-1, -1, -1, -1}), (1 << 20) + 2 * 4);
    }
    long before = Files.size(path);
    try (DiskImage disk = DiskImages.open(path, WRITABLE)) {
      disk.write(2 * BLOCK, new byte[] {3});
      byte[] found = new byte[2];
      disk.read(2 * BLOCK, found);
      assertArrayEquals(new byte[] {3, 0}, found, "not what the block held for somebody else");
    }
    assertEquals(before, Files.size(path));
    assertEquals(BLOCKS, count(path));
  }

  /** The map that is durable still says that it is its old owner's. */
  @Test
  void aPlaceThatAFailedWriteGivesBackIsNobodyElsesBeforeAFlush() throws IOException {
    long seed = Seeds.of(getClass());
    int changes = 0;
    for (boolean failed = true; failed; changes++) {
      FaultyStorage storage =
          new FaultyStorage(
              new HandmadeVdi(new int[] {0, 1, HandmadeVdi.FREE}, new byte[] {1, 2}, LARGE)
                  .build("x"));
      DiskImage disk = DiskImages.open(new NamedStorage(storage, null), WRITABLE);
      disk.discard(LARGE, LARGE);
      storage.failAfter(changes);
      failed = false;
      try {
        disk.write(LARGE, filled(3));
      } catch (IOException expected) {
        failed = true;
      }
      storage.heal();
      disk.write(2 * LARGE, filled(4));
      var _ =
          CrashImages.of(storage)
              .check(
                  seed,
                  12,
                  (left, _) -> {
                    try (DiskImage image = DiskImages.open(left, Chain.READ_ONLY)) {
                      byte[] found = new byte[LARGE];
                      image.read(LARGE, found);
                      for (byte b : found) {
                        assertTrue(b != 4, "shows what was written to another block");
                      }
                    }
                  });
      disk.close();
      assertEquals("", VdiAudit.of(storage).problem());
    }
    assertTrue(changes > 2, "only " + changes + " changes");
  }

  private static byte[] filled(int value) {
    byte[] block = new byte[LARGE];
    Arrays.fill(block, (byte) value);
    return block;
  }
}
