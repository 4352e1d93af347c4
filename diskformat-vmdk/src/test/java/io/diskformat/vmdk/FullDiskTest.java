package io.diskformat.vmdk;

import static io.diskformat.vmdk.VmdkUnderTest.VMDK;

import io.diskformat.testing.FullDiskProof;
import java.util.List;

/** Writes to VMDK images that fail. */
final class FullDiskTest extends FullDiskProof {
  FullDiskTest() {
    super(VMDK);
  }

  @Override
  protected List<String> layouts() {
    return List.of("1", "8 zeroed", "128");
  }

  @Override
  protected String layoutToBreak() {
    return "8";
  }
}
