package io.diskformat.vdi;

import static io.diskformat.vdi.VdiUnderTest.VDI;

import io.diskformat.testing.KillProof;
import io.diskformat.testing.Kills;
import io.diskformat.testing.RandomContent;
import java.io.IOException;
import java.util.List;
import java.util.Random;
import java.util.UUID;

/** Processes that write images are killed. */
final class KillTest extends KillProof<KillTest.Kind> {
  private static final int SIZE = (24 << 20) + 512;

  enum Kind {
    USUAL(1 << 20),
    SMALL_BLOCKS(4096),
    DIFFERENCING(1 << 16);

    private final int blockSize;

    Kind(int blockSize) {
      this.blockSize = blockSize;
    }
  }

  KillTest() {
    super(VDI, 6);
  }

  @Override
  protected List<Kind> kinds() {
    return List.of(Kind.values());
  }

  @Override
  protected Kills kills(Kind kind, long seed) throws IOException {
    if (kind == Kind.USUAL) {
      VDI.create(file(), "usual", SIZE);
    } else {
      VdiFile file = new VdiFile(new byte[SIZE], kind.blockSize, new Random(seed));
      for (int i = 0; i < file.blocks(); i++) {
        file.set(i, VdiFile.Block.FREE);
      }
      if (kind == Kind.DIFFERENCING) {
        VdiFile parent = new VdiFile(RandomContent.of(1, 0, 20 << 20), 1 << 20, new Random(seed));
        parent.create = new UUID(5, 6);
        parent.write(directory().resolve("parent.vdi"));
        file.over(parent);
      }
      file.write(file());
    }
    return new Kills("vdi", file(), seed).clusters(kind.blockSize).checkedBy(Kills.Audit.by(VDI));
  }
}
