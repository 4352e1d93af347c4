package io.diskformat.vdi;

import static io.diskformat.vdi.VdiUnderTest.VDI;

import io.diskformat.testing.ModelledImage;
import io.diskformat.vdi.VdiFile.Block;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;

/** A random VDI image. */
final class ModelledVdi extends ModelledImage {
  private static final int SECTOR = 512;

  ModelledVdi(Path file, long seed) {
    super(VDI, file, new Random(seed));
  }

  @Override
  protected byte[] create(Random random, Path path) throws IOException {
    int blockSize = random.nextBoolean() ? 1 << 20 : SECTOR << random.nextInt(13);
    int size = SECTOR * (1 + random.nextInt(Math.min(8000, 200 * blockSize / SECTOR)));
    byte[] content = new byte[size];
    random.nextBytes(content);
    VdiFile file = new VdiFile(content, blockSize, random);
    boolean fixed = random.nextInt(6) == 0;
    file.type = fixed ? VdiFile.FIXED : VdiFile.DYNAMIC;
    for (int i = 0; i < file.blocks(); i++) {
      file.set(i, fixed ? Block.DATA : Block.values()[random.nextInt(3)]);
    }
    file.shuffled = random.nextBoolean();
    file.headerSize = random.nextInt(3) == 0 ? 384 : 400;
    boolean aligned = random.nextInt(4) > 0;
    if (!aligned) {
      // QEMU and we write no entry that might lie in two sectors.
      file.mapAt = 480 + 4 * random.nextInt(10);
      file.dataAt = -1;
    } else if (blockSize < 1 << 20 || random.nextBoolean()) {
      file.mapAt = -SECTOR;
      file.dataAt = -SECTOR;
    }
    file.blockExtra = random.nextInt(5) == 0 ? random.nextInt(700) : 0;
    if (random.nextBoolean()) {
      file.blockExtra &= -SECTOR;
      file.dataAt = Math.min(file.dataAt, -SECTOR);
    }
    if (file.dataPosition() % SECTOR != 0 || file.blockExtra % SECTOR != 0) {
      withoutCrashes();
    }
    resizing(size + size / 2);
    if (!fixed) {
      compacting();
    }
    byte[] below = new byte[0];
    boolean differencing = !fixed && random.nextInt(3) == 0;
    if (differencing) {
      below = new byte[SECTOR * (1 + random.nextInt(size / SECTOR * 3 / 2 + 1))];
      random.nextBytes(below);
      VdiFile parent = new VdiFile(below, SECTOR << random.nextInt(12), random);
      parent.create = new java.util.UUID(1, random.nextLong());
      for (int i = 0; i < parent.blocks(); i++) {
        parent.set(i, Block.values()[random.nextInt(3)]);
      }
      Path parentFile = parent.write(path.resolveSibling("parent.vdi"));
      below = parent.disk(new byte[0]);
      committing(parentFile, below);
      file.over(parent);
    }
    if (blockSize != 1 << 20 || !aligned || file.blockExtra != 0 || differencing) {
      unknownToQemu();
    }
    file.write(path);
    note(
        "%d bytes, blocks of %d+%d at %d, map at %d, type %d%s"
            .formatted(
                size,
                file.blockExtra,
                blockSize,
                file.dataPosition(),
                file.mapPosition(),
                file.type,
                differencing ? ", parent of " + below.length : ""));
    return file.disk(below);
  }
}
