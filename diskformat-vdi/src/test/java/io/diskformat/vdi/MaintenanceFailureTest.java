package io.diskformat.vdi;

import static io.diskformat.testing.FormatUnderTest.inMemory;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.ImageMaintenance;
import io.diskformat.ProgressListener;
import io.diskformat.storage.Storage;
import io.diskformat.testing.FailingWork;
import io.diskformat.testing.FailingWork.Task;
import io.diskformat.testing.FaultyStorage;
import io.diskformat.testing.NamedStorage;
import io.diskformat.testing.Seeds;
import io.diskformat.vdi.VdiFile.Block;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Resizing, compaction and merging that fail. */
final class MaintenanceFailureTest {
  private static final int SECTOR = 512;
  private static final int BLOCKS = 40;

  @TempDir private Path directory;
  private final long seed = Seeds.of(getClass());
  private final Random random = new Random(seed);

  /** What the disk holds before. */
  private byte[] before = new byte[0];

  /** What it holds after. */
  private byte[] after = new byte[0];

  private Path imageFile() {
    return directory.resolve("image.vdi");
  }

  private Path parentFile() {
    return directory.resolve("parent.vdi");
  }

  /** An image some of whose blocks are stored and hold only zeroes. */
  private VdiFile image(int blockSize, boolean full) {
    byte[] content = new byte[BLOCKS * blockSize - SECTOR * random.nextInt(blockSize / SECTOR)];
    random.nextBytes(content);
    VdiFile file = new VdiFile(content, blockSize, random);
    for (int i = 0; i < file.blocks(); i++) {
      file.set(i, full ? Block.DATA : Block.values()[random.nextInt(3)]);
      if (!full && random.nextInt(3) == 0) {
        int end = Math.min(content.length, (i + 1) * blockSize);
        Arrays.fill(content, i * blockSize, end, (byte) 0);
      }
    }
    file.shuffled = true;
    file.mapAt = -SECTOR;
    file.dataAt = -SECTOR;
    before = file.disk(new byte[0]);
    return file;
  }

  /** Makes an image a difference to a parent, which has a quarter of its blocks in common. */
  private void overParent(VdiFile file, int blocks) throws IOException {
    byte[] below = new byte[blocks * file.blockSize];
    random.nextBytes(below);
    int same = Math.min(file.blockSize * (BLOCKS / 4), below.length);
    System.arraycopy(before, 0, below, 0, Math.min(same, before.length));
    VdiFile parent = new VdiFile(below, file.blockSize, random);
    parent.create = new java.util.UUID(7, 8);
    parent.mapAt = -SECTOR;
    parent.dataAt = -SECTOR;
    parent.write(parentFile());
    file.over(parent);
    before = file.disk(below);
  }

  private NamedStorage named(Storage storage) {
    return new NamedStorage(storage, imageFile());
  }

  /** The disk is as before or as after, and a writer goes on from there. */
  private void look(Storage storage, boolean done) throws IOException {
    assertEquals("", VdiAudit.of(storage).corruption());
    try (DiskImage disk = DiskImages.open(named(storage), Chain.READ_ONLY)) {
      assertHolds(disk, done);
    }
    try (DiskImage disk = DiskImages.open(named(storage), Chain.WRITABLE)) {
      assertHolds(disk, done);
    }
    assertEquals("", VdiAudit.of(storage).problem());
  }

  private void assertHolds(DiskImage disk, boolean done) throws IOException {
    byte[] found = new byte[Math.toIntExact(disk.size())];
    disk.read(0, found);
    if (done) {
      assertArrayEquals(after, found);
      return;
    }
    assertTrue(found.length == before.length || found.length == after.length);
    for (int at = 0; at < found.length; at += SECTOR) {
      // What is cut off may be so before the disk is shorter.
      assertTrue(
          holds(found, at, before) || holds(found, at, after), "something else at offset " + at);
    }
  }

  private static boolean holds(byte[] found, int at, byte[] disk) {
    byte[] expected =
        at < disk.length ? Arrays.copyOfRange(disk, at, at + SECTOR) : new byte[SECTOR];
    return Arrays.equals(found, at, at + SECTOR, expected, 0, SECTOR);
  }

  private int fail(Task task) throws IOException {
    return new FailingWork(
            List.of(inMemory(imageFile())),
            task,
            (images, done) -> look(images.getFirst(), done),
            random)
        .run();
  }

  // Resizing

  /** Within the room of the map, beyond it, and smaller. */
  @ParameterizedTest
  @CsvSource({
    "4096,   60, false",
    "4096,   7000, false",
    "512, 2000, true",
    "4096,   11, false",
    "65536,  1,  true",
    "512,  100, true"
  })
  void resizing(int blockSize, int blocks, boolean full) throws IOException {
    image(blockSize, full).write(imageFile());
    assertTrue(resized(blocks * blockSize - SECTOR) > 5);
  }

  @ParameterizedTest
  @ValueSource(ints = {20, 60, 300})
  void resizingDifferences(int blocks) throws IOException {
    VdiFile file = image(4096, false);
    overParent(file, 50);
    file.write(imageFile());
    assertTrue(resized(blocks * 4096 - SECTOR) > 5);
  }

  @Test
  void resizingImagesOfFixedSize() throws IOException {
    VdiFile file = image(4096, true);
    file.type = VdiFile.FIXED;
    file.write(imageFile());
    assertTrue(resized(300 * 4096) > 100);
  }

  private int resized(int size) throws IOException {
    after = Arrays.copyOf(before, size);
    return fail(images -> {
      try (DiskImage disk = DiskImages.open(named(images.getFirst()), Chain.WRITABLE)) {
        try {
          disk.resize(size);
        } catch (IOException e) {
          assertHolds(disk, false);
          writeAgain(disk);
          throw e;
        }
      }
    });
  }

  /** Who goes on writing gets an exception, or does no harm. */
  private static void writeAgain(DiskImage disk) throws IOException {
    byte[] content = new byte[Math.toIntExact(disk.size())];
    disk.read(0, content);
    try {
      disk.write(0, content);
      disk.flush();
    } catch (IOException expected) {
      // It cannot.
    }
  }

  /** What a full disk has kept from growing goes on being written. */
  @Test
  void aDiskThatCannotGrowIsWrittenAllTheSame() throws IOException {
    VdiFile file = image(4096, true);
    file.write(imageFile());
    after = before;
    FaultyStorage storage = new FaultyStorage(inMemory(imageFile())).limitSpace(0);
    try (DiskImage disk = DiskImages.open(named(storage), Chain.WRITABLE)) {
      int failed = 0;
      for (int blocks : List.of(7000, 300)) {
        try {
          disk.resize(blocks * 4096L);
        } catch (IOException expected) {
          failed++;
        }
      }
      assertTrue(failed > 0);
      random.nextBytes(before);
      disk.write(0, before);
      disk.flush();
      assertHolds(disk, true);
    }
    look(storage, true);
  }

  // Compaction

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void compaction(boolean differencing) throws IOException {
    VdiFile file = image(4096, false);
    if (differencing) {
      overParent(file, 30);
    }
    file.write(imageFile());
    after = before;
    int failures =
        fail(images -> {
          try (ImageMaintenance image =
              DiskImages.maintain(named(images.getFirst()), Chain.WRITABLE)) {
            image.compact(ProgressListener.NONE);
          }
        });
    assertTrue(failures > 10, failures + " failures");
  }

  // Merging

  /** Into a smaller parent, and a larger one; either file fails. */
  @ParameterizedTest
  @ValueSource(ints = {30, 50})
  void merging(int blocksBelow) throws IOException {
    VdiFile file = image(4096, false);
    overParent(file, blocksBelow);
    file.write(imageFile());
    after = before;
    byte[] merged =
        Arrays.copyOf(content(parentFile()), Math.max(before.length, blocksBelow * 4096));
    System.arraycopy(before, 0, merged, 0, before.length);
    Task merge =
        images -> {
          try (DiskImage parent =
              DiskImages.open(new NamedStorage(images.get(1), null), Chain.WRITABLE)) {
            VdiCommit.run(images.getFirst(), (VdiImage) parent, ProgressListener.NONE);
          }
        };
    int failures =
        new FailingWork(
                List.of(inMemory(imageFile()), inMemory(parentFile())),
                merge,
                (images, done) -> {
                  HandmadeVdi.write(images.get(1), parentFile());
                  look(images.getFirst(), done);
                  if (done) {
                    assertArrayEquals(merged, content(parentFile()));
                  }
                },
                random)
            .run();
    assertTrue(failures > 20, failures + " failures");
  }

  @Test
  void emptyingWhatWasMerged() throws IOException {
    VdiFile file = image(4096, false);
    overParent(file, 50);
    file.write(imageFile());
    try (ImageMaintenance image = DiskImages.maintain(imageFile(), Chain.WRITABLE)) {
      image.commit(ProgressListener.NONE);
    }
    after = before;
    int failures =
        fail(images -> {
          try (ImageMaintenance image =
              DiskImages.maintain(named(images.getFirst()), Chain.WRITABLE)) {
            image.empty();
          }
        });
    assertTrue(failures > 4, failures + " failures");
  }

  private static byte[] content(Path image) throws IOException {
    try (DiskImage disk = DiskImages.open(image, Chain.READ_ONLY)) {
      byte[] found = new byte[Math.toIntExact(disk.size())];
      disk.read(0, found);
      return found;
    }
  }
}
