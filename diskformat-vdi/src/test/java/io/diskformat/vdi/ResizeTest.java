package io.diskformat.vdi;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.CreateOptions;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.testing.Oracle;
import io.diskformat.testing.PagedStorage;
import io.diskformat.testing.Seeds;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Disks that grow and shrink. */
final class ResizeTest {
  private static final OpenOptions WRITABLE = OpenOptions.writable().format("vdi");
  private static final int BLOCK = 4096;

  /** A MiB of map has room for this number of entries: where it ends, blocks have to move. */
  private static final int ROOM = (1 << 20) / 4;

  private static final int SIZE_FIELD = 368;

  @TempDir private Path directory;

  private Path create(long size, String... options) throws IOException {
    Path path = directory.resolve("disk.vdi");
    CreateOptions create = CreateOptions.format("vdi").size(size).replaceExisting();
    for (int i = 0; i < options.length; i += 2) {
      create = create.option(options[i], options[i + 1]);
    }
    DiskImages.create(path, create);
    return path;
  }

  @Test
  void growsAndShrinksAndKeepsWhatThereIs() throws IOException {
    Path path = create(16L * BLOCK, "block_size", "4k");
    Random random = new Random(Seeds.of(ResizeTest.class));
    byte[] content = new byte[16 * BLOCK];
    random.nextBytes(content);
    long large = (ROOM + 5000L) * BLOCK;
    try (DiskImage disk = DiskImages.open(path, WRITABLE)) {
      disk.write(0, content);
      disk.resize(large);
      assertEquals(large, disk.size());
      assertHolds(disk, content);
      disk.write(large - 3, new byte[] {1, 2, 3});
    }
    try (DiskImage disk = DiskImages.open(path, WRITABLE)) {
      assertHolds(disk, content);
      byte[] end = new byte[6];
      disk.read(large - 6, end);
      assertArrayEquals(new byte[] {0, 0, 0, 1, 2, 3}, end);
      disk.resize(3 * BLOCK + 512);
      disk.resize(16L * BLOCK);
      Arrays.fill(content, 3 * BLOCK + 512, content.length, (byte) 0);
      assertHolds(disk, content);
    }
    try (DiskImage disk = DiskImages.open(path, WRITABLE)) {
      assertHolds(disk, content);
    }
    long fileSize = Files.size(path);
    long dataPosition;
    try (DiskImage disk = DiskImages.open(path)) {
      dataPosition = disk.extents().next().hostOffset();
    }
    assertTrue(dataPosition > 2 << 20, "the map did not move, so this tests less than it should");
    assertEquals(dataPosition + 4 * BLOCK, fileSize, "the file ends with its last block");
  }

  @Test
  void tellsHowFarItHasCome() throws IOException {
    Path path = create(64L * BLOCK, "block_size", "4k");
    try (DiskImage disk = DiskImages.open(path, WRITABLE)) {
      disk.write(0, new byte[64 * BLOCK]);
      List<Long> reported = new ArrayList<>();
      List<Long> totals = new ArrayList<>();
      disk.resize(
          (ROOM + 1L) * BLOCK,
          (done, total) -> {
            reported.add(done);
            totals.add(total);
          });
      assertEquals(64 + 1, reported.size(), "one for each block that moved, and one for the end");
      assertEquals(reported.stream().sorted().toList(), reported);
      assertEquals(totals.getLast(), reported.getLast());
      assertEquals(1, Set.copyOf(totals).size(), "the total stays the same");
    }
  }

  @Test
  void whatGrowsStaysRightForQemu() throws IOException {
    Path path = create(20 << 20);
    try (DiskImage disk = DiskImages.open(path, WRITABLE)) {
      disk.write(3 << 20, new byte[] {7});
      disk.write(19 << 20, new byte[] {8});
      disk.resize(700L << 30);
      disk.write(699L << 30, new byte[] {9});
    }
    Oracle.qemuImg("check", "-f", "vdi", path).orFail();
    Oracle.qemuIo(
            "-f",
            "vdi",
            "-c",
            "read -P 7 3M 1",
            "-c",
            "read -P 8 19M 1",
            "-c",
            "read -P 9 699G 1",
            path)
        .orFail();
  }

  @Test
  void aFixedImageGrowsWithAllItsBlocks() throws IOException {
    Path path = create(8L * BLOCK, "block_size", "4k", "static", "on");
    try (DiskImage disk = DiskImages.open(path, WRITABLE)) {
      disk.write(0, new byte[] {5});
      disk.resize(64L * BLOCK);
      assertEquals(64L * BLOCK, disk.extents().next().length(), "one run of stored blocks");
      disk.resize((ROOM + 1L) * BLOCK);
      byte[] first = new byte[2];
      disk.read(0, first);
      assertArrayEquals(new byte[] {5, 0}, first);
    }
    try (DiskImage disk = DiskImages.open(path)) {
      assertEquals((ROOM + 1L) * BLOCK, disk.extents().next().length());
    }
  }

  /** What is written while blocks move is not lost: each sector is written but once. */
  @Test
  void writesBesideAResizeAreKept() throws Exception {
    int sectors = 16384;
    Path path = create(512L * sectors, "block_size", "4k");
    byte[] content = new byte[512 * sectors];
    new Random(Seeds.of(ResizeTest.class)).nextBytes(content);
    try (DiskImage disk = DiskImages.open(path, WRITABLE)) {
      disk.write(0, new byte[content.length]);
      try (ExecutorService writers = Executors.newSingleThreadExecutor()) {
        Future<?> writer =
            writers.submit(() -> {
              for (int i = 0; i < sectors; i++) {
                // Odd, so that it comes to each sector.
                int at = 512 * (i * 7919 % sectors);
                disk.write(at, Arrays.copyOfRange(content, at, at + 512));
              }
              return null;
            });
        for (int i = 1; i <= 8 && !writer.isDone(); i++) {
          // Each time the map has to be longer than there is room.
          disk.resize((long) i * (2 * ROOM) * BLOCK);
        }
        writer.get();
      }
      assertHolds(disk, content);
    }
    try (DiskImage disk = DiskImages.open(path)) {
      assertHolds(disk, content);
    }
  }

  @Test
  void noRoomIsAnExceptionThatChangesNothing() throws IOException {
    // A full image whose map fills the space before its data to the last entry.
    Path path = create((long) ROOM * BLOCK, "block_size", "4k", "static", "on");
    try (DiskImage disk = DiskImages.open(path, WRITABLE)) {
      disk.write(0, new byte[] {5});
      assertThrows(UnsupportedFeatureException.class, () -> disk.resize((ROOM + 1L) * BLOCK));
      disk.write(1, new byte[] {6});
      assertEquals((long) ROOM * BLOCK, disk.size());
    }
    try (DiskImage disk = DiskImages.open(path)) {
      byte[] found = new byte[3];
      disk.read(0, found);
      assertArrayEquals(new byte[] {5, 6, 0}, found);
    }
  }

  /** As a resize leaves it that was cut off, the map lists more blocks than the disk has. */
  @ParameterizedTest
  @ValueSource(ints = {0, 512})
  void listedBlocksBehindTheEndDoNotShowTheParent(int within) throws IOException {
    int block = HandmadeVdi.BLOCK;
    int size = block + within;
    int free = HandmadeVdi.FREE;
    HandmadeVdi.write(
        new HandmadeVdi(new int[] {0, 1, 2}, new byte[] {1, 2, 3}, block).build("parent"),
        directory.resolve("parent.vdi"));
    PagedStorage child =
        new HandmadeVdi(new int[] {free, free, free}, new byte[0], block)
            .differenceTo(1, 2)
            .build("child");
    ByteBuffer field =
        ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(0, size);
    child.write(SIZE_FIELD, MemorySegment.ofBuffer(field));
    Path path = HandmadeVdi.write(child, directory.resolve("child.vdi"));
    byte[] content = new byte[3 * block];
    try (DiskImage disk = DiskImages.open(path, Chain.WRITABLE)) {
      assertEquals(size, disk.size());
      disk.read(0, MemorySegment.ofArray(content).asSlice(0, size));
      disk.resize(content.length);
      assertHolds(disk, content);
    }
    try (DiskImage disk = DiskImages.open(path, Chain.READ_ONLY)) {
      assertHolds(disk, content);
    }
  }

  /** Somebody made the disk smaller and left what was there. */
  @ParameterizedTest
  @ValueSource(ints = {0, 512})
  void storedBlocksBehindTheEndDoNotShow(int within) throws IOException {
    int block = HandmadeVdi.BLOCK;
    int size = block + within;
    PagedStorage image =
        new HandmadeVdi(new int[] {0, 1, 2}, new byte[] {5, 6, 7}, block).build("image");
    ByteBuffer field =
        ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(0, size);
    image.write(SIZE_FIELD, MemorySegment.ofBuffer(field));
    Path path = HandmadeVdi.write(image, directory.resolve("image.vdi"));
    byte[] content = new byte[3 * block];
    Arrays.fill(content, 0, block, (byte) 5);
    Arrays.fill(content, block, size, (byte) 6);
    try (DiskImage disk = DiskImages.open(path, Chain.WRITABLE)) {
      disk.resize(content.length);
      assertHolds(disk, content);
    }
    try (DiskImage disk = DiskImages.open(path, Chain.READ_ONLY)) {
      assertHolds(disk, content);
    }
  }

  private static void assertHolds(DiskImage disk, byte[] content) throws IOException {
    byte[] found = new byte[content.length];
    disk.read(0, found);
    assertArrayEquals(content, found);
  }
}
