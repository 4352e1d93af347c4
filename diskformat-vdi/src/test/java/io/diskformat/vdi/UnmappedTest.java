package io.diskformat.vdi;

import static io.diskformat.vdi.VdiUnderTest.VDI;

import io.diskformat.testing.DiskModel;
import io.diskformat.testing.Oracle;
import io.diskformat.testing.UnmappedProof;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Images of which nothing is mapped. */
final class UnmappedTest extends UnmappedProof {
  private static final String USUAL = "1048576+0";

  UnmappedTest() {
    super(VDI);
  }

  @Override
  protected List<String> layouts() {
    return List.of(USUAL, "4096+0");
  }

  @Override
  protected List<String> layoutsOfSmallUnits() {
    return List.of("8192+0", "512+0");
  }

  @Override
  protected void verifyElsewhere(Path file, String layout, DiskModel model) throws IOException {
    if (layout.equals(USUAL)) {
      Oracle.qemuImg("check", "-q", file).orFail();
    }
  }

  @Override
  protected void createPreallocated(Path file) throws IOException {
    Oracle.qemuImg("create", "-q", "-f", "vdi", "-o", "static=on", file, "256M").orFail();
  }
}
