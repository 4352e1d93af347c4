package io.diskformat.vdi;

import static io.diskformat.vdi.HandmadeVdi.BLOCK;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.storage.Storage;
import io.diskformat.testing.CrashImages;
import io.diskformat.testing.FaultyStorage;
import io.diskformat.testing.NamedStorage;
import io.diskformat.testing.Seeds;
import io.diskformat.vdi.PowerCutScenario.Kind;
import io.diskformat.vdi.VdiWriter.Step;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The power is cut at every point of all kinds of work, and whatever may be left is looked at. */
final class PowerCutTest {
  private static final int OPERATIONS = 40;
  private static final int FEW_OPERATIONS = 8;
  private static final int PER_POINT = 12;

  /** For images of tiny blocks, on which work has many points. */
  private static final int LESS_PER_POINT = 4;

  private static final int ATTEMPTS = 50;

  @TempDir private Path directory;

  @ParameterizedTest
  @EnumSource(Kind.class)
  void nothingFlushedIsLostAndNothingIsCorrupt(Kind kind) throws IOException {
    long seed = Seeds.of(getClass());
    int perPoint =
        switch (kind) {
          case TINY_BLOCKS, GROWTH_TINY_BLOCKS, GROWTH_FULL -> LESS_PER_POINT;
          default -> PER_POINT;
        };
    long checked = new PowerCutScenario(kind, directory, seed).run(seed, OPERATIONS, perPoint);
    System.out.println(kind + ": " + checked + " possibilities; " + Seeds.toRepeat(seed));
    assertTrue(checked > 150, checked + " are too few to tell anything");
  }

  /**
   * If this fails the test above shows nothing: each barrier must be missed when it is not there.
   */
  @ParameterizedTest
  @EnumSource(value = Step.class, mode = EnumSource.Mode.EXCLUDE, names = "MODIFICATION")
  void aMissingBarrierIsNoticed(Step step) throws IOException {
    long seed = Seeds.of(getClass());
    VdiWriter.withoutBarrier = step;
    try {
      Kind kind =
          switch (step) {
            case LONGER_MAP -> Kind.GROWTH;
            case VACATING_DATA, VACATING_MAP, NEW_MAP, LAYOUT -> Kind.GROWTH_TINY_BLOCKS;
            default -> Kind.SMALL_BLOCKS;
          };
      for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        if (fails(kind, seed + attempt)) {
          System.out.println("without " + step + ": noticed after " + (attempt + 1));
          return;
        }
      }
    } finally {
      VdiWriter.withoutBarrier = null;
    }
    throw new AssertionError(
        "a build without the barrier after " + step + " passes; " + Seeds.toRepeat(seed));
  }

  private boolean fails(Kind kind, long seed) throws IOException {
    try {
      int operations = kind.isGrown() ? FEW_OPERATIONS : OPERATIONS;
      long _ = new PowerCutScenario(kind, directory, seed).run(seed, operations, PER_POINT);
      return false;
    } catch (AssertionError expected) {
      return true;
    }
  }

  /**
   * Whoever was based on what the image was must not take it for that once it is something else.
   */
  @Test
  void nothingChangesBeforeTheModificationDoes() throws IOException {
    changeAfterModification();
    VdiWriter.withoutBarrier = Step.MODIFICATION;
    try {
      assertThrows(AssertionError.class, this::changeAfterModification);
    } finally {
      VdiWriter.withoutBarrier = null;
    }
  }

  private void changeAfterModification() throws IOException {
    long seed = Seeds.of(getClass());
    FaultyStorage storage =
        new FaultyStorage(new HandmadeVdi(new int[] {0, 1}, new byte[] {1, 2}, BLOCK).build("x"));
    String before = modification(storage);
    try (DiskImage disk = DiskImages.open(new NamedStorage(storage, null), Chain.WRITABLE)) {
      disk.write(BLOCK, new byte[BLOCK]);
    }
    long checked =
        CrashImages.of(storage)
            .check(
                seed,
                PER_POINT,
                (left, _) -> {
                  try (DiskImage disk = DiskImages.open(left, Chain.READ_ONLY)) {
                    byte[] content = new byte[BLOCK];
                    disk.read(BLOCK, content);
                    byte[] old = new byte[BLOCK];
                    Arrays.fill(old, (byte) 2);
                    assertTrue(
                        Arrays.equals(old, content) || !modification(disk).equals(before),
                        "changed, and passes for what it was");
                  }
                });
    assertTrue(checked > 10, "only " + checked);
  }

  private static String modification(Storage image) throws IOException {
    return modification(DiskImages.open(new NamedStorage(image, null), Chain.READ_ONLY));
  }

  private static String modification(DiskImage image) throws IOException {
    return String.valueOf(image.info().details().get(VdiImage.MODIFICATION_DETAIL));
  }
}
