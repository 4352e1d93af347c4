package io.diskformat.qcow2;

import static io.diskformat.qcow2.Qcow2UnderTest.QCOW2;

import io.diskformat.qcow2.PowerCutScenario.Kind;
import io.diskformat.testing.PowerCut;
import io.diskformat.testing.PowerCutProof;
import java.util.Arrays;
import java.util.List;

/** The power is cut while snapshots are taken, applied and deleted. */
final class SnapshotPowerCutTest extends PowerCutProof<Kind, WriteStep> {
  SnapshotPowerCutTest() {
    super(QCOW2, 300, 20);
  }

  @Override
  protected List<Kind> kinds() {
    return Arrays.stream(Kind.values()).filter(Kind::takesSnapshots).toList();
  }

  @Override
  protected PowerCut scenario(Kind kind, long seed) {
    return new PowerCutScenario(kind, directory(), seed);
  }

  /** The one before a header that points to new tables. */
  @Override
  protected List<WriteStep> barriers() {
    return List.of(WriteStep.DATA_AND_REFCOUNTS);
  }

  @Override
  protected List<Kind> kindsThatNeed(WriteStep barrier) {
    return List.of(Kind.SNAPSHOTS_TAKEN, Kind.SNAPSHOTS_TAKEN_TINY_CLUSTERS);
  }
}
