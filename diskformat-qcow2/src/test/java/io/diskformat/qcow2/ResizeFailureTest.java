package io.diskformat.qcow2;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.CreateOptions;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.ReferencePolicy;
import io.diskformat.storage.FileStorage;
import io.diskformat.storage.Storage;
import io.diskformat.testing.FailingWork;
import io.diskformat.testing.FaultyStorage;
import io.diskformat.testing.NamedStorage;
import io.diskformat.testing.PagedStorage;
import io.diskformat.testing.Seeds;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Disks that cannot get larger: the host is full, or an operation on the file fails. */
final class ResizeFailureTest {
  private static final int SECTOR = 512;

  @TempDir private Path directory;
  private final Random random = new Random(Seeds.of(getClass()));
  private byte[] before = new byte[0];

  private Path image() {
    return directory.resolve("image.qcow2");
  }

  private DiskImage open(Storage storage, OpenOptions options) throws IOException {
    return DiskImages.open(
        new NamedStorage(storage, image()),
        options.format("qcow2").references(ReferencePolicy.sameDirectory()));
  }

  /** An image that stores something beyond the end of its disk, over a longer backing file. */
  private PagedStorage create(String text, int once, int size) throws IOException {
    byte[] base = new byte[2 * once];
    random.nextBytes(base);
    Files.write(directory.resolve("base.raw"), base);
    CreateOptions options = CreateOptions.format("qcow2");
    for (String option : text.split(" ")) {
      options = options.option(option.split("=")[0], option.split("=")[1]);
    }
    Files.deleteIfExists(image());
    ShortenedImage.create(image(), options, once, size, random);
    try (Storage file = FileStorage.open(image(), false, FileStorage.Sharing.UNLOCKED)) {
      PagedStorage storage = PagedStorage.copyOf(file);
      try (DiskImage disk = open(storage, OpenOptions.readOnly())) {
        before = content(disk);
      }
      return storage;
    }
  }

  private static byte[] content(DiskImage disk) throws IOException {
    byte[] found = new byte[Math.toIntExact(disk.size())];
    disk.read(0, found);
    return found;
  }

  @ParameterizedTest
  @CsvSource({
    "cluster_size=4096, 300, 200, 600",
    "cluster_size=512, 150, 100, 400",
    "cluster_size=512 refcount_bits=64, 300, 200, 4600",
    "cluster_size=16384 extended_l2=on, 300, 200, 600",
    "cluster_size=4096 backing_file=base.raw backing_fmt=raw, 300, 201, 700",
    "cluster_size=512 backing_file=base.raw backing_fmt=raw, 100, 50, 250",
    "cluster_size=4096 compat=0.10 backing_file=base.raw backing_fmt=raw, 200, 101, 500",
    "cluster_size=16384 extended_l2=on backing_file=base.raw backing_fmt=raw, 300, 205, 700"
  })
  void whateverFailsTheDiskHasItsOldSizeOrZeroes(String options, int once, int size, int grown)
      throws IOException {
    // An image may have few changes to fail, as its clusters are chosen at random.
    for (int failures = 0; failures <= 15; ) {
      PagedStorage image = create(options, once * SECTOR, size * SECTOR);
      byte[] after = Arrays.copyOf(before, grown * SECTOR);
      int found =
          new FailingWork(
                  List.of(image),
                  images -> resize(images.getFirst(), after),
                  (images, done) -> look(images.getFirst(), after, done),
                  random)
              .run();
      assertTrue(found > 0, "nothing failed");
      failures += found;
    }
  }

  private void resize(FaultyStorage storage, byte[] after) throws IOException {
    try (DiskImage disk = open(storage, OpenOptions.writable())) {
      try {
        disk.resize(after.length);
      } catch (IOException e) {
        // Nobody sees that it was tried, and whoever goes on gets an exception or does no
        // harm.
        assertArrayEquals(before, content(disk));
        writeAgain(disk);
        throw e;
      }
      assertArrayEquals(after, content(disk));
    }
  }

  private void writeAgain(DiskImage disk) throws IOException {
    try {
      disk.write(0, before);
      disk.flush();
      disk.resize(before.length + SECTOR);
      disk.flush();
    } catch (IOException expected) {
      // It cannot.
    }
    byte[] found = content(disk);
    assertArrayEquals(Arrays.copyOf(before, found.length), found);
  }

  /** The disk is as before or larger by zeroes, and a writer goes on from there. */
  private void look(Storage storage, byte[] after, boolean done) throws IOException {
    assertEquals("", RefcountAudit.of(storage).corruption());
    for (OpenOptions options : List.of(OpenOptions.readOnly(), OpenOptions.writable())) {
      try (DiskImage disk = open(storage, options)) {
        byte[] found = content(disk);
        if (done) {
          assertArrayEquals(after, found);
        }
        assertTrue(
            List.of(before.length, before.length + SECTOR, after.length).contains(found.length));
        assertArrayEquals(Arrays.copyOf(before, found.length), found);
      }
    }
    RefcountAudit audit = RefcountAudit.of(storage);
    assertEquals("", audit.corruption());
    assertEquals(0, audit.leaks());
  }

  /** What a full disk has kept from growing goes on being written: a longer table finds no room. */
  @ParameterizedTest
  @CsvSource({
    "cluster_size=4096 backing_file=base.raw backing_fmt=raw, 41",
    "cluster_size=512 backing_file=base.raw backing_fmt=raw, 36",
    "cluster_size=4096 compat=0.10 backing_file=base.raw backing_fmt=raw, 41"
  })
  void whereTheHostIsFullTheDiskIsWrittenAllTheSame(String options, int bits) throws IOException {
    FaultyStorage storage = new FaultyStorage(create(options, 300 * SECTOR, 201 * SECTOR));
    int failed = 0;
    try (DiskImage disk = open(storage, OpenOptions.writable())) {
      // All of it gets a place.
      disk.write(0, before);
      disk.flush();
      for (int pages = 0; pages < 8; pages++) {
        storage.limitFurtherSpace((long) pages * PagedStorage.PAGE);
        try {
          disk.resize(1L << bits);
        } catch (IOException expected) {
          failed++;
        }
        assertEquals(before.length, disk.size());
        random.nextBytes(before);
        disk.write(0, before);
        disk.flush();
        assertArrayEquals(before, content(disk));
      }
      assertEquals(8, failed);
      storage.heal();
      disk.resize(before.length + 1000 * SECTOR);
    }
    look(storage, Arrays.copyOf(before, before.length + 1000 * SECTOR), true);
  }
}
