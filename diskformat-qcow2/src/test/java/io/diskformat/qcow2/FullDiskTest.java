package io.diskformat.qcow2;

import static io.diskformat.qcow2.Qcow2UnderTest.QCOW2;

import io.diskformat.testing.FullDiskProof;
import java.util.List;

/** Writes to qcow2 images that fail. */
final class FullDiskTest extends FullDiskProof {
  FullDiskTest() {
    super(QCOW2);
  }

  @Override
  protected List<String> layouts() {
    return List.of(
        "cluster_size=512",
        "cluster_size=4096",
        "cluster_size=4096," + Qcow2UnderTest.ENCRYPTED,
        "cluster_size=65536",
        "cluster_size=16384,extended_l2=on",
        "cluster_size=512,refcount_bits=64");
  }

  @Override
  protected String layoutToBreak() {
    return "cluster_size=4096";
  }
}
