package io.diskformat.vmdk;

import static io.diskformat.vmdk.VmdkUnderTest.OVER_PARENT;
import static io.diskformat.vmdk.VmdkUnderTest.VMDK;

import io.diskformat.testing.ConcurrentWritesProof;
import java.util.List;

/** Writers, readers, and a flusher at once. */
final class ConcurrentWritesTest extends ConcurrentWritesProof {
  ConcurrentWritesTest() {
    super(VMDK);
  }

  @Override
  protected List<String> layouts() {
    return List.of("1", "16 zeroed", "16 zeroed" + OVER_PARENT, "128");
  }
}
