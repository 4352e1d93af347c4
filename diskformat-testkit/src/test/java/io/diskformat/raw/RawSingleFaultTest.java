package io.diskformat.raw;

import static io.diskformat.raw.RawUnderTest.RAW;

import io.diskformat.testing.SingleFaultProof;
import java.util.List;

/** One operation on the file of a raw image fails. */
final class RawSingleFaultTest extends SingleFaultProof {
  RawSingleFaultTest() {
    super(RAW);
  }

  @Override
  protected List<Case> cases() {
    return List.of(new Case("plain", 400, 40));
  }
}
