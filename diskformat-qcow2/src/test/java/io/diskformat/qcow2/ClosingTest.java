package io.diskformat.qcow2;

import static io.diskformat.qcow2.Qcow2UnderTest.QCOW2;

import io.diskformat.testing.ClosingProof;
import java.util.OptionalInt;

/** Images that are closed while others write them. */
final class ClosingTest extends ClosingProof {
  ClosingTest() {
    super(QCOW2, "cluster_size=4096", 4096, true);
  }

  @Override
  protected int barriers() {
    return 4;
  }

  @Override
  protected OptionalInt barriersOfUnchanged() {
    return OptionalInt.of(1);
  }

  @Override
  protected int rounds() {
    return 60;
  }
}
