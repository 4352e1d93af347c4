package io.diskformat.luks;

import static io.diskformat.luks.LuksUnderTest.LUKS;

import io.diskformat.testing.SingleFaultProof;
import java.util.List;

/** One operation on the file of a LUKS image fails. */
final class LuksSingleFaultTest extends SingleFaultProof {
  LuksSingleFaultTest() {
    super(LUKS);
  }

  @Override
  protected List<Case> cases() {
    return List.of(new Case("aes-128", 400, 40));
  }
}
