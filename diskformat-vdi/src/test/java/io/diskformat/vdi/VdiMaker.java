package io.diskformat.vdi;

import io.diskformat.vdi.VdiFile.Block;
import io.diskformat.vdi.VdiSpec.Blocks;
import io.diskformat.vdi.VdiSpec.Header;
import io.diskformat.vdi.VdiSpec.Parent;
import io.diskformat.vdi.VdiSpec.Type;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;

/** Makes images of what is specified, and knows what is in them. */
final class VdiMaker {
  private static final int SECTOR = 512;
  private static final int MOST_BLOCKS = 40;
  private static final int MOST_BYTES = 6 << 20;

  private final Path directory;
  private final Random random;

  /**
   * An image.
   *
   * @param path where it is
   * @param disk what its disk holds
   * @param chain the images that it consists of, itself first
   */
  @SuppressWarnings("ArrayRecordComponent") // nobody compares them
  record Made(Path path, byte[] disk, List<Path> chain) {}

  VdiMaker(Path directory, Random random) {
    this.directory = directory;
    this.random = random;
  }

  Made make(VdiSpec spec) throws IOException {
    int size = size(spec);
    List<VdiFile> files = new ArrayList<>();
    List<Path> chain = new ArrayList<>();
    byte[] below = new byte[0];
    int parents =
        switch (spec.parent()) {
          case NONE -> 0;
          case DEEP -> 3;
          default -> 1;
        };
    for (int i = 0; i < parents; i++) {
      int of =
          switch (spec.parent()) {
            case SHORTER -> SECTOR * (1 + random.nextInt(size / SECTOR));
            case LONGER -> size + SECTOR * (1 + random.nextInt(100));
            default -> size;
          };
      int blockSize = random.nextBoolean() ? spec.blockSize() : 512 << random.nextInt(12);
      VdiFile file = new VdiFile(content(of), blockSize, random);
      choose(file, i == 0 && random.nextBoolean() ? Blocks.ALL : Blocks.SOME);
      below = add(file, files, chain, "parent" + i + ".vdi", below);
    }
    VdiFile file = new VdiFile(content(size), spec.blockSize(), random);
    apply(spec, file);
    choose(file, spec.blocks());
    byte[] disk = add(file, files, chain, "image.vdi", below);
    return new Made(chain.getLast(), disk, chain.reversed());
  }

  private byte[] add(VdiFile file, List<VdiFile> files, List<Path> chain, String name, byte[] below)
      throws IOException {
    file.create = new UUID(random.nextLong(), random.nextLong());
    file.modify = new UUID(random.nextLong(), random.nextLong());
    if (!files.isEmpty()) {
      file.over(files.getLast());
    }
    files.add(file);
    chain.add(file.write(directory.resolve(name)));
    return file.disk(below);
  }

  private int size(VdiSpec spec) {
    int block = spec.blockSize();
    int most = Math.max(1, Math.min(MOST_BLOCKS, MOST_BYTES / block));
    return switch (spec.size()) {
      case WHOLE_BLOCKS -> block * (1 + random.nextInt(most));
      case ODD_SECTORS ->
          block == SECTOR
              ? SECTOR * (1 + random.nextInt(200))
              : block * random.nextInt(most + 1)
                  + SECTOR * (1 + random.nextInt(block / SECTOR - 1));
      case LESS_THAN_A_BLOCK -> SECTOR * (1 + random.nextInt(Math.min(2000, block / SECTOR - 1)));
    };
  }

  /** Some of it is zeroes, as in the world. */
  private byte[] content(int size) {
    byte[] content = new byte[size];
    random.nextBytes(content);
    for (int i = random.nextInt(3); i > 0; i--) {
      int from = random.nextInt(size);
      java.util.Arrays.fill(content, from, from + random.nextInt(size - from), (byte) 0);
    }
    return content;
  }

  private void choose(VdiFile file, Blocks blocks) {
    for (int i = 0; i < file.blocks(); i++) {
      file.set(
          i,
          switch (blocks) {
            case NONE -> random.nextInt(3) == 0 ? Block.ZERO : Block.FREE;
            case ALL -> Block.DATA;
            case SOME -> Block.values()[random.nextInt(3)];
          });
    }
  }

  private static void apply(VdiSpec spec, VdiFile file) {
    file.type =
        switch (spec.type()) {
          case DYNAMIC -> VdiFile.DYNAMIC;
          case FIXED -> VdiFile.FIXED;
          case UNDO -> VdiFile.UNDO;
          case DIFFERENCING -> VdiFile.DIFFERENCING;
        };
    file.version = spec.header() == Header.VERSION_1_0 ? VdiFile.VERSION_1_0 : VdiFile.VERSION_1_1;
    file.headerSize =
        switch (spec.header()) {
          case WITH_GEOMETRY -> 400;
          case LONGER -> 512;
          default -> 384;
        };
    file.blockExtra = spec.blockExtra();
    file.mapAt = -spec.placement();
    file.dataAt = -spec.placement();
    file.shuffled = spec.shuffled();
    file.cut = spec.cut();
    if (spec.header() == Header.VERSION_0) {
      file.version0();
    }
    if (spec.type() == Type.DIFFERENCING && spec.parent() == Parent.NONE) {
      throw new IllegalArgumentException(spec.toString());
    }
  }
}
