package io.diskformat.qcow2;

import static io.diskformat.qcow2.Qcow2UnderTest.QCOW2;

import io.diskformat.qcow2.ChangeScenario.Kind;
import io.diskformat.testing.PowerCut;
import io.diskformat.testing.PowerCutProof;
import java.util.List;

/** The power is cut while images are amended and rebased, and while their bitmaps are changed. */
final class ChangePowerCutTest extends PowerCutProof<Kind, WriteStep> {
  ChangePowerCutTest() {
    super(QCOW2, 100, 40);
  }

  @Override
  protected List<Kind> kinds() {
    return List.of(Kind.values());
  }

  @Override
  protected int perPoint(Kind kind) {
    return 4;
  }

  @Override
  protected PowerCut scenario(Kind kind, long seed) {
    return new ChangeScenario(kind, directory(), seed);
  }

  @Override
  protected List<WriteStep> barriers() {
    return List.of(
        WriteStep.DATA_AND_REFCOUNTS,
        WriteStep.REFCOUNT_TABLE_SWITCH,
        WriteStep.CLOSE,
        WriteStep.BACKING_NAME,
        WriteStep.FIRST_SECTOR,
        WriteStep.FEATURE_NAMES,
        WriteStep.BITMAP_MARKS,
        WriteStep.BITMAP_BITS,
        WriteStep.BITMAP_MARKS_TAKEN_AWAY);
  }

  @Override
  protected List<Kind> kindsThatNeed(WriteStep barrier) {
    return switch (barrier) {
      case BACKING_NAME, FEATURE_NAMES -> List.of(Kind.HEADERS);
      case FIRST_SECTOR -> List.of(Kind.REBASED, Kind.AMENDED, Kind.BITMAPS);
      case BITMAP_MARKS_TAKEN_AWAY -> List.of(Kind.BITMAPS_SWITCHED);
      case BITMAP_MARKS, BITMAP_BITS ->
          List.of(Kind.BITMAPS, Kind.BITMAPS_TINY_CLUSTERS);
      default -> List.of(Kind.AMENDED, Kind.AMENDED_TINY_CLUSTERS);
    };
  }
}
