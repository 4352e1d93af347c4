package io.diskformat.vdi;

import static io.diskformat.vdi.VdiUnderTest.VDI;

import io.diskformat.testing.CostProof;
import io.diskformat.testing.Oracle;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** What an open image and a read cost. */
final class CostTest extends CostProof {
  CostTest() {
    super(VDI);
  }

  @Override
  protected List<String> layouts() {
    return List.of("usual");
  }

  /** The map alone has 8 MiB. */
  @Override
  protected Path createLargest() throws IOException {
    Path path = directory().resolve("largest");
    Oracle.qemuImg("create", "-q", "-f", "vdi", path, "2T").orFail();
    return path;
  }

  @Override
  protected long mostToRead() {
    return 1 << 20;
  }

  @Override
  protected long mostToWrite() {
    return 4 << 20;
  }
}
