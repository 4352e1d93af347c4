package io.diskformat.qcow2;

import static io.diskformat.qcow2.Qcow2UnderTest.QCOW2;

import io.diskformat.qcow2.PowerCutScenario.Kind;
import io.diskformat.testing.PowerCut;
import io.diskformat.testing.PowerCutProof;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;

/** The power is cut at every point of all kinds of work. */
final class PowerCutTest extends PowerCutProof<Kind, WriteStep> {
  PowerCutTest() {
    super(QCOW2, 500, 60);
  }

  @Override
  protected List<Kind> kinds() {
    return Arrays.stream(Kind.values()).filter(kind -> !kind.takesSnapshots()).toList();
  }

  @Override
  protected int runs() {
    return 2;
  }

  @Override
  protected PowerCut scenario(Kind kind, long seed) {
    return new PowerCutScenario(kind, directory(), seed);
  }

  @Override
  protected List<WriteStep> barriers() {
    return List.copyOf(EnumSet.range(WriteStep.DIRTY_BIT, WriteStep.CLOSE));
  }

  @Override
  protected List<Kind> kindsThatNeed(WriteStep barrier) {
    return switch (barrier) {
      case LONGER_L1, SIZE -> List.of(Kind.GROWTH_TINY_CLUSTERS);
      default -> List.of(Kind.REFCOUNT_TABLE_GROWTH, Kind.ALLOCATE);
    };
  }
}
