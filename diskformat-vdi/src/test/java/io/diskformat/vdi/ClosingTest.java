package io.diskformat.vdi;

import static io.diskformat.vdi.VdiUnderTest.VDI;

import io.diskformat.testing.ClosingProof;
import java.util.OptionalInt;

/** Images that are closed while others write them. */
final class ClosingTest extends ClosingProof {
  ClosingTest() {
    super(VDI, "usual", 1 << 20, false);
  }

  @Override
  protected int barriers() {
    return 2;
  }

  @Override
  protected OptionalInt barriersOfUnchanged() {
    return OptionalInt.of(1);
  }

  @Override
  protected int rounds() {
    return 20;
  }
}
