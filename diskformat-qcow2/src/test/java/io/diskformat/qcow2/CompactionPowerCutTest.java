package io.diskformat.qcow2;

import static io.diskformat.qcow2.Qcow2UnderTest.QCOW2;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.DiskImages;
import io.diskformat.ProgressListener;
import io.diskformat.qcow2.CompactableImage.Kind;
import io.diskformat.storage.Storage;
import io.diskformat.testing.CrashImages;
import io.diskformat.testing.FaultyStorage;
import io.diskformat.testing.PagedStorage;
import io.diskformat.testing.Seeds;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A compaction that is cut off at any point by a power cut: what a kill leaves is one of the
 * possibilities. Disk, snapshots and bitmaps are what they were, and the next compaction comes to
 * its end.
 */
final class CompactionPowerCutTest {
  /** How many images of each kind; {@code -Ddiskformat.compactions=100} for a long run. */
  private static final int IMAGES = Integer.getInteger("diskformat.compactions", 1);

  /** Of a power cut's possibilities, at each point. */
  private static final int PER_POINT = Integer.getInteger("diskformat.perPoint", 1);

  /** Within this number of images, the lack of a barrier must be noticed. */
  private static final int ATTEMPTS = 40;

  /** One of this number of images that a cut left is compacted. */
  private static final int COMPACTED_AGAIN = 10;

  @TempDir private Path directory;
  private final long seed = Seeds.of(getClass());

  private void compact(Storage storage) throws IOException {
    CompactableImage.compact(storage, directory, ProgressListener.NONE);
  }

  private Storage named(Storage storage) {
    return CompactableImage.named(storage, directory);
  }

  /** All is there, and who opens the image next leaves it as it should be. */
  private void look(Storage left, ShownImage shown, boolean compacts) throws IOException {
    assertEquals("", QCOW2.corruption(left));
    shown.verify(named(left));
    if (compacts) {
      compact(left);
    } else {
      DiskImages.open(named(left), QCOW2.writable()).close();
    }
    assertEquals("", QCOW2.problem(left));
    shown.verify(named(left));
  }

  private static List<Kind> kinds() {
    return Kind.allBut(
        IMAGES > 1, Kind.ENCRYPTED, Kind.ENCRYPTED_SNAPSHOTS, Kind.SNAPSHOTS_SUBCLUSTERS);
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void powerCuts(Kind kind) throws IOException {
    long checked = 0;
    for (int i = 0; i < IMAGES; i++) {
      checked += cut(kind, null, new Random(seed + i));
    }
    System.out.println(kind + ": " + checked + " power cuts; " + Seeds.toRepeat(seed));
    assertTrue(checked > 10, checked + " are too few to show anything");
  }

  private long cut(Kind kind, WriteStep barrier, Random random) throws IOException {
    PagedStorage image = CompactableImage.make(kind, directory, random);
    ShownImage shown = ShownImage.of(named(image));
    FaultyStorage storage = new FaultyStorage(image).leaveOutBarrier(barrier);
    long size = storage.size();
    compact(storage);
    assertTrue(storage.size() < size, "not smaller than " + size);
    assertEquals("", QCOW2.problem(storage));
    return CrashImages.of(storage)
        .check(
            random.nextLong(),
            PER_POINT,
            (left, point) -> look(left, shown, random.nextInt(COMPACTED_AGAIN) == 0));
  }

  /**
   * Each barrier is missed when it is left out; otherwise the test above shows nothing. Those of
   * the dirty bit come where nothing that matters was written since the last one.
   */
  @ParameterizedTest
  @EnumSource(names = {"DATA_AND_REFCOUNTS", "REFCOUNT_TABLE", "REFCOUNT_TABLE_SWITCH", "L2", "L1"})
  void aMissingBarrierIsNoticed(WriteStep barrier) throws IOException {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      Kind kind = attempt % 2 == 0 ? Kind.GROWN : Kind.SNAPSHOTS_TINY_CLUSTERS;
      try {
        long _ = cut(kind, barrier, new Random(seed + attempt));
      } catch (AssertionError noticed) {
        System.out.println("without " + barrier + ": noticed after " + (attempt + 1));
        return;
      }
    }
    throw new AssertionError(
        "without the barrier after " + barrier + " nothing fails; " + Seeds.toRepeat(seed));
  }
}
