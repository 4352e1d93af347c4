package io.diskformat.vdi;

import static io.diskformat.vdi.VdiUnderTest.OVER_PARENT;
import static io.diskformat.vdi.VdiUnderTest.VDI;

import io.diskformat.testing.ConcurrentWritesProof;
import java.util.List;

/** Writers, readers, and a flusher at once. */
final class ConcurrentWritesTest extends ConcurrentWritesProof {
  ConcurrentWritesTest() {
    super(VDI);
  }

  @Override
  protected List<String> layouts() {
    return List.of("512+0", "8192+0", "8192+0" + OVER_PARENT, "1048576+0");
  }
}
