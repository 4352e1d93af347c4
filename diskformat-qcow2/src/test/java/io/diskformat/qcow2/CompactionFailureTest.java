package io.diskformat.qcow2;

import static io.diskformat.qcow2.Qcow2UnderTest.QCOW2;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.ProgressListener;
import io.diskformat.qcow2.CompactableImage.Kind;
import io.diskformat.storage.Storage;
import io.diskformat.testing.FailingWork;
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

/**
 * A compaction of which one operation fails, or all from one on, or for which the disk is full.
 * Disk, snapshots and bitmaps are what they were, and the next compaction comes to its end.
 */
final class CompactionFailureTest {
  /** How many images of each kind; {@code -Ddiskformat.compactions=100} for a long run. */
  private static final int IMAGES = Integer.getInteger("diskformat.compactions", 1);

  @TempDir private Path directory;
  private final long seed = Seeds.of(getClass());

  private Storage named(Storage storage) {
    return CompactableImage.named(storage, directory);
  }

  @ParameterizedTest
  @EnumSource
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
                      CompactableImage.compact(
                          work.getFirst(), directory, ProgressListener.NONE),
                  (left, done) -> look(left.getFirst(), done, shown),
                  random)
              .run();
    }
    System.out.println(kind + ": " + failures + " failures; " + Seeds.toRepeat(seed));
    assertTrue(failures > 20, failures + " failures");
  }

  private void look(FaultyStorage left, boolean done, ShownImage shown) throws IOException {
    assertEquals("", QCOW2.corruption(left));
    shown.verify(named(left));
    if (done) {
      assertEquals("", QCOW2.problem(left));
    }
  }
}
