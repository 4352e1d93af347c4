package io.diskformat.raw;

import static io.diskformat.raw.RawUnderTest.RAW;

import io.diskformat.testing.DiskModel;
import io.diskformat.testing.PowerCut;
import io.diskformat.testing.PowerCutProof;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;

/** The power is cut while raw images are written; there are no tables, and so no barriers. */
final class RawPowerCutTest extends PowerCutProof<Integer, RawPowerCutTest.NoStep> {
  /** After which there would be a barrier. */
  enum NoStep {}

  RawPowerCutTest() {
    super(RAW, 100, 0);
  }

  /** Of how many sectors. */
  @Override
  protected List<Integer> kinds() {
    return List.of(300, 2000);
  }

  @Override
  protected PowerCut scenario(Integer sectors, long seed) {
    return new PowerCut(RAW, file(), sectors * 512L, new Random(seed)) {
      @Override
      protected void create(Path image, DiskModel model) throws IOException {
        RAW.create(image, "plain", sectors * 512L);
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
