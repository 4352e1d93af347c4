package io.diskformat.vmdk;

import static io.diskformat.vmdk.CowdUnderTest.COWD;

import io.diskformat.testing.DiskModel;
import io.diskformat.testing.PowerCut;
import io.diskformat.testing.PowerCutProof;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;

/** The power is cut while a COWD extent is written, whose tables are added meanwhile. */
final class CowdPowerCutTest extends PowerCutProof<Integer, WriteStep> {
  CowdPowerCutTest() {
    super(COWD, 100, 50);
  }

  /** The sizes of grains in sectors. */
  @Override
  protected List<Integer> kinds() {
    return List.of(1, 8);
  }

  @Override
  protected int perPoint(Integer kind) {
    return kind == 1 ? 2 : 4;
  }

  @Override
  protected PowerCut scenario(Integer kind, long seed) {
    // More than one table; there is little of the disk between changes.
    Random random = new Random(seed);
    int size = 512 * kind * (4096 + random.nextInt(6000));
    return new PowerCut(COWD, directory().resolve("image.cowd"), size, random) {
      @Override
      protected void create(Path image, DiskModel model) throws IOException {
        COWD.create(image, String.valueOf(kind), size);
      }
    };
  }

  @Override
  protected List<WriteStep> barriers() {
    return List.of(
        WriteStep.UNCLEAN, WriteStep.DATA, WriteStep.TABLES, WriteStep.DIRECTORIES, WriteStep.CUT);
  }

  @Override
  protected List<Integer> kindsThatNeed(WriteStep barrier) {
    return kinds();
  }
}
