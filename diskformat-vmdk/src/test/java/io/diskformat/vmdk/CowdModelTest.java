package io.diskformat.vmdk;

import static io.diskformat.vmdk.CowdUnderTest.COWD;

import io.diskformat.testing.ModelProof;
import io.diskformat.testing.ModelledImage;
import io.diskformat.vmdk.Disk.Grain;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;

/** Random sequences of operations over random COWD extents. */
final class CowdModelTest extends ModelProof {
  CowdModelTest() {
    super(COWD, 100);
  }

  @Override
  protected ModelledImage image(Path file, long seed) {
    return new ModelledCowd(file, seed);
  }

  private static final class ModelledCowd extends ModelledImage {
    ModelledCowd(Path file, long seed) {
      super(COWD, file, new Random(seed));
    }

    @Override
    protected byte[] create(Random random, Path path) throws IOException {
      unknownToQemu();
      int grainSectors = 1 << random.nextInt(5);
      Disk disk =
          Disk.mixed(random.nextLong(), 1 + random.nextInt(12_000), grainSectors, Grain.STORED);
      boolean empty = random.nextBoolean();
      for (int i = 0; i < disk.grains.length; i++) {
        disk.set(i, empty || random.nextBoolean() ? Grain.HOLE : Grain.STORED);
      }
      var _ = EsxFiles.cowd(disk).write(path);
      note("%d sectors, grains of %d".formatted(disk.sectors(), grainSectors));
      return disk.content;
    }
  }
}
