package io.diskformat.vmdk;

import static io.diskformat.vmdk.VmdkUnderTest.VMDK;

import io.diskformat.testing.SingleFaultProof;
import java.util.List;

/** One operation on the file of a VMDK image fails. */
final class SingleFaultTest extends SingleFaultProof {
  SingleFaultTest() {
    super(VMDK);
  }

  @Override
  protected List<Case> cases() {
    return List.of(
        new Case("8", 400, 40), new Case("1 zeroed", 400, 40), new Case("32 single", 400, 40));
  }
}
