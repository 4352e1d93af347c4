package io.diskformat.vdi;

import static io.diskformat.vdi.HandmadeVdi.BLOCK;
import static io.diskformat.vdi.VdiUnderTest.VDI;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.storage.Storage;
import io.diskformat.testing.CrashImages;
import io.diskformat.testing.FaultyStorage;
import io.diskformat.testing.NamedStorage;
import io.diskformat.testing.PowerCut;
import io.diskformat.testing.PowerCutProof;
import io.diskformat.testing.Seeds;
import io.diskformat.vdi.PowerCutScenario.Kind;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The power is cut at every point of all kinds of work, and whatever may be left is looked at. */
final class PowerCutTest extends PowerCutProof<Kind, WriteStep> {
  PowerCutTest() {
    super(VDI, 150, 50);
  }

  @Override
  protected List<Kind> kinds() {
    return List.of(Kind.values());
  }

  /** On images of tiny blocks work has many points. */
  @Override
  protected int perPoint(Kind kind) {
    return switch (kind) {
      case TINY_BLOCKS, GROWTH_TINY_BLOCKS, GROWTH_FULL -> 4;
      default -> PER_POINT;
    };
  }

  @Override
  protected int operationsWithoutBarrier(Kind kind) {
    return kind.isGrown() ? 8 : OPERATIONS;
  }

  @Override
  protected PowerCut scenario(Kind kind, long seed) {
    return new PowerCutScenario(kind, directory(), seed);
  }

  /** All but the one that the last test is about. */
  @Override
  protected List<WriteStep> barriers() {
    return Arrays.stream(WriteStep.values())
        .filter(step -> step != WriteStep.MODIFICATION)
        .toList();
  }

  @Override
  protected List<Kind> kindsThatNeed(WriteStep barrier) {
    return switch (barrier) {
      case LONGER_MAP -> List.of(Kind.GROWTH);
      case VACATING_DATA, VACATING_MAP, NEW_MAP, LAYOUT -> List.of(Kind.GROWTH_TINY_BLOCKS);
      default -> List.of(Kind.SMALL_BLOCKS);
    };
  }

  /**
   * Whoever was based on what the image was must not take it for that once it is something else.
   */
  @Test
  void nothingChangesBeforeTheModificationDoes() throws IOException {
    changeAfterModification(null);
    assertThrows(AssertionError.class, () -> changeAfterModification(WriteStep.MODIFICATION));
  }

  private void changeAfterModification(@Nullable WriteStep without) throws IOException {
    long seed = Seeds.of(getClass());
    FaultyStorage storage =
        new FaultyStorage(new HandmadeVdi(new int[] {0, 1}, new byte[] {1, 2}, BLOCK).build("x"))
            .leaveOutBarrier(without);
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
    return String.valueOf(image.info().identity().orElseThrow().modification());
  }
}
