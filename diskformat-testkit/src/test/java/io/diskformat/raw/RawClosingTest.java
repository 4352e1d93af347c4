package io.diskformat.raw;

import static io.diskformat.raw.RawUnderTest.RAW;

import io.diskformat.testing.ClosingProof;
import java.util.OptionalInt;

/** Raw images that are closed while others write them. */
final class RawClosingTest extends ClosingProof {
  RawClosingTest() {
    super(RAW, "plain", 4096, false);
  }

  @Override
  protected int barriers() {
    return 1;
  }

  @Override
  protected OptionalInt barriersOfUnchanged() {
    return OptionalInt.empty();
  }
}
