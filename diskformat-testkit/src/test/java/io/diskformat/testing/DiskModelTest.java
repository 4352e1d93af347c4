package io.diskformat.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.CreateOptions;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import java.io.IOException;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class DiskModelTest {
  private static final int SIZE = 1 << 20;
  private static final OpenOptions WRITING = OpenOptions.writable().format("raw");

  private final FaultyStorage storage;
  private final DiskImage disk;
  private final DiskModel model;

  DiskModelTest() throws IOException {
    storage = FaultyStorage.inMemory("modelled.img");
    DiskImages.create(storage, CreateOptions.format("raw").size(SIZE));
    storage.flush();
    disk = DiskImages.open(storage, WRITING);
    model = new DiskModel(SIZE, storage::operations);
  }

  private static String message(org.junit.jupiter.api.function.Executable check) {
    return assertThrows(AssertionError.class, check).getMessage();
  }

  @Test
  void knowsWhatWasWritten() throws IOException {
    model.verify(disk);
    model.write(disk, 512, 2048);
    model.write(disk, 100 * 1024, 300 * 1024);
    model.writeZeroes(disk, 1024, 512);
    model.discard(disk, 120 * 1024, 1024);
    model.verify(disk);
    // Behind its back.
    disk.write(512 + 100, new byte[50]);
    assertTrue(message(() -> model.verify(disk)).startsWith("sector 1 (offset 512) holds "));
  }

  @Test
  void tellsWhatIsInTheWrongPlace() throws IOException {
    model.write(disk, 0, 1024);
    model.write(disk, 4096, 512);
    byte[] sector = new byte[512];
    disk.read(512, sector);
    disk.write(4096, sector);
    assertEquals(
        "sector 8 (offset 4096) holds sector 1 of seed 1, and may hold that of seed [2], 0 being"
            + " zeroes",
        message(() -> model.verify(disk)));
    disk.write(4096, new byte[512]);
    assertTrue(message(() -> model.verify(disk)).contains("holds zeroes"));
    disk.write(4096 + 100, new byte[] {1});
    assertTrue(message(() -> model.verify(disk)).contains("holds bytes that begin 0x"));
  }

  @Test
  void afterAFailureBothAreRight() throws IOException {
    model.write(disk, 0, 8192);
    storage.failAfter(0, Tear.firstBytes(1024));
    assertThrows(IOException.class, () -> model.write(disk, 0, 8192));
    model.verify(disk);
    disk.write(0, new byte[512]);
    assertTrue(message(() -> model.verify(disk)).contains("of seed [1, 2]"));
    model.write(disk, 0, 8192);
    model.verify(disk);
    assertEquals(0, model.expected().uncertain());
  }

  /** A raw disk keeps each sector on its own, so whatever is left is right. */
  @Test
  void allThatAPowerCutLeavesOfARawDiskIsRight() throws IOException {
    Random random = new Random(5);
    for (int i = 0; i < 150; i++) {
      int length = 512 * (1 + random.nextInt(60));
      long offset = 512L * random.nextInt((SIZE - length) / 512);
      switch (random.nextInt(10)) {
        case 0, 1 -> model.flush(disk);
        case 2 -> model.writeZeroes(disk, offset, length);
        case 3 -> model.discard(disk, offset, length);
        default -> model.write(disk, offset, length);
      }
      model.verify(disk);
    }
    CrashImages images = CrashImages.of(storage);
    int created = 2;
    DiskModel.Expectation[] expectations = new DiskModel.Expectation[images.lastPoint() + 1];
    long count =
        images.check(
            created,
            images.lastPoint(),
            1,
            10,
            (left, point) -> {
              if (expectations[point] == null) {
                expectations[point] = model.after(point);
              }
              try (DiskImage crashed = DiskImages.open(left, WRITING)) {
                expectations[point].verify(crashed);
              }
            });
    assertTrue(count > 1000, () -> count + " images");
  }

  @Test
  void whatWasFlushedMustBeThere() throws IOException {
    model.write(disk, 0, 512);
    model.flush(disk);
    int flushed = storage.operations();
    model.write(disk, 0, 512);
    int written = storage.operations();
    CrashImages images = CrashImages.of(storage);
    try (DiskImage old = DiskImages.open(images.at(written).subset(0).storage(), WRITING)) {
      model.after(written).verify(old);
      model.after(flushed).verify(old);
      // Before it was flushed, zeroes were right; after, they are not.
      disk.write(0, new byte[512]);
      model.after(flushed - 1).verify(disk);
      assertEquals(
          "sector 0 (offset 0) holds zeroes, and may hold that of seed [1, 2], 0 being zeroes",
          message(() -> model.after(written).verify(disk)));
    }
  }

  @Test
  void aFlushCoversWhatReturnedBeforeItBegan() throws IOException {
    model.write(disk, 0, 512);
    storage.failAfter(0);
    assertThrows(IOException.class, () -> model.flush(disk));
    int point = storage.operations();
    assertEquals(1, model.after(point).uncertain());
    model.flush(disk);
    assertEquals(0, model.after(storage.operations()).uncertain());
    model.discard(disk, 0, 512);
    model.flush(disk);
    assertEquals(1, model.after(storage.operations()).uncertain());
  }

  @Test
  void onlyWholeSectors() {
    assertThrows(IllegalArgumentException.class, () -> model.write(disk, 1, 512));
    assertThrows(IllegalArgumentException.class, () -> model.write(disk, 0, 511));
    assertThrows(IllegalArgumentException.class, () -> new DiskModel(1000));
    assertThrows(IndexOutOfBoundsException.class, () -> model.write(disk, SIZE, 512));
  }

  @Test
  void contentIsTheSameHoweverItIsCut() {
    byte[] whole = RandomContent.of(9, 0, 10_000);
    for (int from : new int[] {0, 1, 511, 512, 513, 5000}) {
      int length = 10_000 - from;
      byte[] part = RandomContent.of(9, from, length);
      assertEquals(-1, java.util.Arrays.mismatch(whole, from, 10_000, part, 0, length));
    }
    assertEquals("sector 3 of seed 9", RandomContent.describe(whole, 3 * 512));
    whole[1000] ^= 1;
    assertEquals("sector 1 of seed 9, but only up to byte 488", RandomContent.describe(whole, 512));
  }
}
