package io.diskformat.vmdk;

import static io.diskformat.vmdk.CowdUnderTest.COWD;

import io.diskformat.testing.FullDiskProof;
import java.util.List;

/** Writes to COWD extents that fail. */
final class CowdFullDiskTest extends FullDiskProof {
  CowdFullDiskTest() {
    super(COWD);
  }

  @Override
  protected List<String> layouts() {
    return List.of("1", "8");
  }

  @Override
  protected String layoutToBreak() {
    return "1";
  }
}
