package io.diskformat.qcow2;

import static io.diskformat.qcow2.Qcow2UnderTest.QCOW2;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.testing.DiskModel;
import io.diskformat.testing.Oracle;
import io.diskformat.testing.UnmappedProof;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Images of which nothing is mapped. */
final class UnmappedTest extends UnmappedProof {
  UnmappedTest() {
    super(QCOW2);
  }

  @Override
  protected List<String> layouts() {
    return List.of("cluster_size=64k", "cluster_size=4k", "cluster_size=16k,extended_l2=on");
  }

  @Override
  protected List<String> layoutsOfSmallUnits() {
    return List.of("cluster_size=4096", "cluster_size=512");
  }

  @Override
  protected void verifyElsewhere(Path file, String layout, DiskModel model) throws IOException {
    Oracle.qemuImg("check", "-q", file).orFail();
    Path raw = file.resolveSibling("image.raw");
    try {
      Oracle.qemuImg("convert", "-O", "raw", file, raw).orFail();
      try (DiskImage disk = DiskImages.open(raw, OpenOptions.readOnly().format("raw"))) {
        model.verify(disk);
      }
    } finally {
      Files.deleteIfExists(raw);
    }
  }

  @Override
  protected void createPreallocated(Path file) throws IOException {
    Oracle.qemuImg("create", "-q", "-f", "qcow2", "-o", "preallocation=metadata", file, "1G")
        .orFail();
    try (DiskImage disk = DiskImages.open(file)) {
      assertTrue(disk.info().allocatedSize().orElseThrow() < 2 << 20);
    }
  }
}
