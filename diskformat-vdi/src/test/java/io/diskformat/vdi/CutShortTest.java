package io.diskformat.vdi;

import static io.diskformat.vdi.VdiUnderTest.VDI;

import io.diskformat.testing.CutShortProof;
import io.diskformat.testing.RandomContent;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;

/** A file that is cut short, or grows, underneath an open image: an IOException, and no other. */
final class CutShortTest extends CutShortProof {
  private static final int SIZE = 500_000 & -512;

  CutShortTest() {
    super(VDI);
  }

  @Override
  protected List<String> layouts() {
    return List.of("dynamic", "large blocks", "fixed", "differencing");
  }

  @Override
  protected boolean isMaintained() {
    return true;
  }

  @Override
  protected List<Path> createFilled(String layout) throws IOException {
    if (layout.equals("differencing")) {
      VdiFile parent = dynamic(1, 65536);
      Path below = parent.write(directory().resolve("parent.vdi"));
      return List.of(dynamic(2, 4096).over(parent).write(file()), below);
    }
    VdiFile file =
        switch (layout) {
          case "dynamic" -> dynamic(1, 4096);
          case "large blocks" -> dynamic(1, 65536);
          default -> image(1, 4096);
        };
    if (layout.equals("fixed")) {
      file.type = VdiFile.FIXED;
    }
    return List.of(file.write(file()));
  }

  private static VdiFile image(int seed, int blockSize) {
    VdiFile file = new VdiFile(RandomContent.of(seed, 0, SIZE), blockSize, new Random(seed));
    file.mapAt = -4096;
    file.dataAt = -4096;
    return file;
  }

  private static VdiFile dynamic(int seed, int blockSize) {
    VdiFile file = image(seed, blockSize);
    file.shuffled = true;
    for (int i = 0; i < file.blocks(); i += 3) {
      file.set(i, i % 2 == 0 ? VdiFile.Block.FREE : VdiFile.Block.ZERO);
    }
    return file;
  }
}
