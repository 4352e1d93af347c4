package io.diskformat.qcow2;

import static io.diskformat.qcow2.Qcow2UnderTest.QCOW2;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.CheckReport;
import io.diskformat.DiskFormatException;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.ImageMaintenance;
import io.diskformat.OpenOptions;
import io.diskformat.ReferencePolicy;
import io.diskformat.Repair;
import io.diskformat.storage.Storage;
import io.diskformat.table.Word;
import io.diskformat.testing.CrashImages;
import io.diskformat.testing.FailingWork;
import io.diskformat.testing.FaultyStorage;
import io.diskformat.testing.FormatUnderTest;
import io.diskformat.testing.NamedStorage;
import io.diskformat.testing.PagedStorage;
import io.diskformat.testing.RandomContent;
import io.diskformat.testing.Seeds;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A repair that is cut off at any point: by a kill, a power cut, a failing operation, or a full
 * disk. The disk shows what it did, and the next repair comes to where this one would have.
 */
final class RepairProofsTest {
  private static final int CASES = Integer.getInteger("diskformat.repairs", 12);

  /** Of a power cut's possibilities, at each point. */
  private static final int PER_POINT = Integer.getInteger("diskformat.perPoint", 3);

  /** The longest disk that is compared each time, in bytes. */
  private static final long LARGEST_DISK = 2 << 20;

  @TempDir private Path directory;
  private final long seed = Seeds.of(getClass(), 1);
  private final Random random = new Random(seed);

  /** A damaged image, what its disk shows, and what is left when it is repaired. */
  private record Case(Path path, PagedStorage image, byte[] content, CheckReport left) {}

  private static OpenOptions options(OpenOptions options) {
    return options.format("qcow2").references(ReferencePolicy.sameDirectory());
  }

  private Case next(DamagedImages images) throws IOException {
    while (true) {
      DamagedImages.Damaged damaged = images.next();
      PagedStorage image = new PagedStorage(damaged.image().toString());
      image.write(0, MemorySegment.ofArray(Files.readAllBytes(damaged.image())));
      damaged.undo();
      try {
        byte[] content = content(image, damaged.image());
        PagedStorage repaired = image.copy(image.name());
        CheckReport left = repair(repaired, damaged.image());
        if (content != null && changes(image, repaired)) {
          return new Case(damaged.image(), image, content, left);
        }
      } catch (DiskFormatException | NoSuchFileException e) {
        // It cannot be looked after at all.
      }
    }
  }

  private static boolean changes(Storage before, Storage after) throws IOException {
    if (before.size() != after.size()) {
      return true;
    }
    return before.read(0, (int) before.size()).mismatch(after.read(0, (int) after.size())) >= 0;
  }

  private static CheckReport repair(Storage storage, Path path) throws IOException {
    try (ImageMaintenance image =
        DiskImages.maintain(new NamedStorage(storage, path), options(OpenOptions.writable()))) {
      return image.repair(Repair.ALL).left();
    }
  }

  /** Returns what a disk shows, or null if not all of it can be read. */
  private static byte @Nullable [] content(Storage storage, Path path) throws IOException {
    try (DiskImage disk =
        DiskImages.open(new NamedStorage(storage, path), options(OpenOptions.readOnly()))) {
      if (disk.size() > LARGEST_DISK) {
        return null;
      }
      byte[] content = new byte[(int) disk.size()];
      disk.read(0, content);
      return content;
    } catch (DiskFormatException e) {
      return null;
    }
  }

  /** The disk is as it was, and a repair comes to its end from here. */
  private static void look(Storage storage, Case damaged) throws IOException {
    assertArrayEquals(damaged.content, content(storage, damaged.path));
    CheckReport left = repair(storage, damaged.path);
    assertEquals(damaged.left.corruptions(), left.corruptions(), left::toString);
    assertEquals(damaged.left.leaks(), left.leaks(), left::toString);
    assertArrayEquals(damaged.content, content(storage, damaged.path));
  }

  private DamagedImages images() throws IOException {
    DamagedImages images = new DamagedImages(directory, random);
    images.make(4);
    return images;
  }

  /** What a kill leaves is one of the possibilities. */
  @Test
  void powerCuts() throws IOException {
    DamagedImages images = images();
    long checked = 0;
    for (int i = 0; i < CASES; i++) {
      Case damaged = next(images);
      FaultyStorage storage = new FaultyStorage(damaged.image.copy(damaged.image.name()));
      CheckReport _ = repair(storage, damaged.path);
      checked +=
          CrashImages.of(storage)
              .check(random.nextLong(), PER_POINT, (left, point) -> look(left, damaged));
    }
    System.out.println("RepairProofsTest: " + checked + " power cuts");
    assertTrue(checked > CASES, Seeds.toRepeat(seed));
  }

  /** A repair that is cut off makes no image worse, whatever it was about to do. */
  @ParameterizedTest
  @ValueSource(strings = {"1.1", "0.10"})
  void newRefcountsAreThereBeforeTheHeaderPointsToThem(String compat) throws IOException {
    PagedStorage image = withDataWhereTheRefcountTableIs(compat);
    long before = corruptions(image);
    assertTrue(before > 0);
    assertEquals(0, timesWorse(image, before, null));
    // Otherwise the above shows nothing.
    assertTrue(timesWorse(image, before, WriteStep.NEW_REFCOUNTS) > 0, "nobody noticed");
  }

  /** Returns an image whose refcount table is in a cluster of the disk, too. */
  private PagedStorage withDataWhereTheRefcountTableIs(String compat) throws IOException {
    Path file = directory.resolve("image.qcow2");
    QCOW2.create(file, "cluster_size=512,compat=" + compat, 200 * 512);
    try (DiskImage disk = DiskImages.open(file, QCOW2.writable())) {
      disk.write(0, RandomContent.of(1, 0, 195 * 512));
    }
    PagedStorage image = FormatUnderTest.inMemory(file);
    Qcow2Header header = HeaderParser.read(image);
    long l1 = header.l1Position() + (header.l1Entries() - 1) * 8L;
    long unused = L1Entry.table(image.readLong(l1)) + (199 % 64) * 8;
    Word.BIG_ENDIAN_64.write(image, unused, header.refcountTablePosition() | L2Entry.COPIED);
    return image;
  }

  /** Returns after how many power cuts a repair has left more wrong than there was. */
  private int timesWorse(PagedStorage image, long before, @Nullable WriteStep withoutBarrier)
      throws IOException {
    FaultyStorage storage =
        new FaultyStorage(image.copy(image.name())).leaveOutBarrier(withoutBarrier);
    Path path = directory.resolve("image.qcow2");
    CheckReport _ = repair(storage, path);
    int[] worse = new int[1];
    var _ =
        CrashImages.of(storage)
            .check(
                random.nextLong(),
                40,
                (left, point) -> worse[0] += corruptions(left) > before ? 1 : 0);
    return worse[0];
  }

  private long corruptions(Storage image) throws IOException {
    try (ImageMaintenance opened =
        DiskImages.maintain(
            new NamedStorage(image, directory.resolve("image.qcow2")),
            options(OpenOptions.readOnly()))) {
      return opened.check().corruptions();
    }
  }

  /** One operation fails, all from one on, or the disk is full. */
  @Test
  void failures() throws IOException {
    DamagedImages images = images();
    int failures = 0;
    for (int i = 0; i < CASES; i++) {
      Case damaged = next(images);
      failures +=
          new FailingWork(
                  List.of(damaged.image),
                  work -> {
                    CheckReport _ = repair(work.getFirst(), damaged.path);
                  },
                  (left, done) -> look(left.getFirst(), damaged),
                  random)
              .run();
    }
    System.out.println("RepairProofsTest: " + failures + " failures");
    assertTrue(failures > CASES, Seeds.toRepeat(seed));
  }
}
