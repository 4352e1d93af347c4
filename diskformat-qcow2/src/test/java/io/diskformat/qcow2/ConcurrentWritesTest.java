package io.diskformat.qcow2;

import static io.diskformat.qcow2.Qcow2UnderTest.QCOW2;

import io.diskformat.testing.ConcurrentWritesProof;
import java.util.List;

/** Writers, readers, and a flusher at once. */
final class ConcurrentWritesTest extends ConcurrentWritesProof {
  ConcurrentWritesTest() {
    super(QCOW2);
  }

  @Override
  protected List<String> layouts() {
    return List.of(
        "cluster_size=4096",
        "cluster_size=4096," + Qcow2UnderTest.ENCRYPTED,
        "cluster_size=4096,backing_file=base.raw,backing_fmt=raw",
        "cluster_size=16384,extended_l2=on",
        "cluster_size=16384,extended_l2=on,backing_file=base.raw,backing_fmt=raw",
        "cluster_size=512");
  }
}
