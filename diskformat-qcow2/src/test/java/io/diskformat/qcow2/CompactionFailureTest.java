package io.diskformat.qcow2;

import static io.diskformat.qcow2.Qcow2UnderTest.QCOW2;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.DiskFormatException;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.ImageMaintenance;
import io.diskformat.ProgressListener;
import io.diskformat.qcow2.CompactableImage.Kind;
import io.diskformat.storage.Storage;
import io.diskformat.testing.FailingWork;
import io.diskformat.testing.FaultyStorage;
import io.diskformat.testing.NamedStorage;
import io.diskformat.testing.PagedStorage;
import io.diskformat.testing.Seeds;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A compaction of which one operation fails, or all from one on, or for which the disk is full.
 * Disk, snapshots and bitmaps are what they were, and the next compaction comes to its end.
 */
final class CompactionFailureTest {
  /** How many images of each kind; {@code -Ddiskformat.compactions=100} for a long run. */
  private static final int IMAGES = Integer.getInteger("diskformat.compactions", 1);

  /** How many damaged images. */
  private static final int DAMAGED = Integer.getInteger("diskformat.compactions.damaged", 200);

  /** The longest disk that is compared, in bytes. */
  private static final long LARGEST_DISK = 16 << 20;

  @TempDir private Path directory;
  private final long seed = Seeds.of(getClass());

  private Storage named(Storage storage) {
    return CompactableImage.named(storage, directory);
  }

  private static List<Kind> kinds() {
    return Kind.allBut(
        IMAGES > 1, Kind.GROWN, Kind.ENCRYPTED_SNAPSHOTS, Kind.SNAPSHOTS_SUBCLUSTERS);
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void failures(Kind kind) throws IOException {
    int failures = 0;
    for (int i = 0; i < IMAGES; i++) {
      Random random = new Random(seed + i);
      PagedStorage image = CompactableImage.make(kind, directory, random);
      ShownImage shown = ShownImage.of(named(image));
      failures +=
          new FailingWork(
                  List.of(image),
                  work ->
                      CompactableImage.compact(work.getFirst(), directory, ProgressListener.NONE),
                  (left, done) -> look(left.getFirst(), done, shown),
                  random)
              .run();
    }
    System.out.println(kind + ": " + failures + " failures; " + Seeds.toRepeat(seed));
    assertTrue(failures > 20, failures + " failures");
  }

  /** Whatever is wrong with an image, it is refused, or shows afterwards what it did. */
  @Test
  void damagedImages() throws IOException {
    Random random = new Random(Seeds.of(getClass(), 1));
    DamagedImages images = new DamagedImages(directory, random);
    images.make(3);
    int compacted = 0;
    for (int i = 0; i < DAMAGED; i++) {
      DamagedImages.Damaged damaged = images.next();
      PagedStorage image = new PagedStorage(damaged.image().toString());
      image.write(0, MemorySegment.ofArray(Files.readAllBytes(damaged.image())));
      damaged.undo();
      try {
        compacted += compactDamaged(new NamedStorage(image, damaged.image())) ? 1 : 0;
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError(damaged + ": " + e, e);
      }
    }
    System.out.println(compacted + " of " + DAMAGED + " damaged images were compacted");
    assertTrue(compacted > DAMAGED / 50, compacted + " were compacted");
  }

  private static boolean compactDamaged(Storage image) throws IOException {
    ShownImage shown = null;
    try (DiskImage disk = DiskImages.open(image, QCOW2.readOnly())) {
      shown = disk.size() > LARGEST_DISK ? null : ShownImage.of(disk);
    } catch (DiskFormatException | NoSuchFileException e) {
      // Not all of it can be read.
    }
    boolean compacted = false;
    try (ImageMaintenance maintained = DiskImages.maintain(image, QCOW2.writable())) {
      maintained.compact(ProgressListener.NONE);
      compacted = true;
    } catch (DiskFormatException | NoSuchFileException e) {
      // It is refused.
    }
    if (shown != null) {
      shown.verify(image);
    }
    return compacted;
  }

  private void look(FaultyStorage left, boolean done, ShownImage shown) throws IOException {
    assertEquals("", QCOW2.corruption(left));
    shown.verify(named(left));
    if (done) {
      assertEquals("", QCOW2.problem(left));
    }
  }
}
