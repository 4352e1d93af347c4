package io.diskformat.vmdk;

import static io.diskformat.vmdk.VmdkUnderTest.VMDK;

import io.diskformat.testing.ClosingProof;
import java.util.OptionalInt;

/** Images that are closed while others write them. */
final class ClosingTest extends ClosingProof {
  ClosingTest() {
    super(VMDK, "128 zeroed", 1 << 16, false);
  }

  @Override
  protected int barriers() {
    return 3;
  }

  @Override
  protected OptionalInt barriersOfUnchanged() {
    return OptionalInt.empty();
  }

  @Override
  protected int rounds() {
    return 20;
  }
}
