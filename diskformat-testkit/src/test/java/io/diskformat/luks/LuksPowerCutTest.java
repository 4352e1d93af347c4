package io.diskformat.luks;

import static io.diskformat.luks.LuksUnderTest.LUKS;

import io.diskformat.testing.DiskModel;
import io.diskformat.testing.PowerCut;
import io.diskformat.testing.PowerCutProof;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;

/** The power is cut while LUKS images are written; there are no tables, and so no barriers. */
final class LuksPowerCutTest extends PowerCutProof<Integer, LuksPowerCutTest.NoStep> {
  /** After which there would be a barrier. */
  enum NoStep {}

  LuksPowerCutTest() {
    super(LUKS, 100, 0);
  }

  /** Of how many sectors. */
  @Override
  protected List<Integer> kinds() {
    return List.of(300);
  }

  @Override
  protected PowerCut scenario(Integer sectors, long seed) {
    return new PowerCut(LUKS, file(), sectors * 512L, new Random(seed)) {
      @Override
      protected void create(Path image, DiskModel model) throws IOException {
        LUKS.create(image, "aes-128", sectors * 512L);
      }
    };
  }

  @Override
  protected List<NoStep> barriers() {
    return List.of();
  }

  @Override
  protected List<Integer> kindsThatNeed(NoStep barrier) {
    throw new AssertionError();
  }
}
