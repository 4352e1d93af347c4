package io.diskformat.vdi;

import static io.diskformat.vdi.VdiUnderTest.VDI;

import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.ImageMaintenance;
import io.diskformat.ProgressListener;
import io.diskformat.storage.Storage;
import io.diskformat.testing.DiskModel;
import io.diskformat.testing.NamedStorage;
import io.diskformat.testing.PowerCut;
import io.diskformat.vdi.VdiFile.Block;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;
import java.util.UUID;

/** Work on a VDI image: no block may have two owners, and a writer leaves none without one. */
final class PowerCutScenario extends PowerCut {

  /** What image is worked on. */
  enum Kind {
    USUAL(1 << 20),
    SMALL_BLOCKS(4096),
    TINY_BLOCKS(512),
    SHORT_HEADER(8192),
    UNALIGNED(4096),
    EXTRA_DATA(4096),
    FIXED(32768),
    DIFFERENCING(8192),
    DIFFERENCING_USUAL(1 << 20),
    DIFFERENCING_LONGER(4096),
    COMPACTION(4096),
    COMPACTION_USUAL(1 << 20),
    COMPACTION_DIFFERENCING(8192),
    GROWTH(4096),
    GROWTH_TINY_BLOCKS(512),
    GROWTH_FULL(512),
    GROWTH_USUAL(1 << 20),
    GROWTH_DIFFERENCING(8192);

    private final int blockSize;

    Kind(int blockSize) {
      this.blockSize = blockSize;
    }

    boolean isDifferencing() {
      return name().contains("DIFFERENCING");
    }

    boolean isCompacted() {
      return name().startsWith("COMPACTION");
    }

    boolean isGrown() {
      return name().startsWith("GROWTH");
    }
  }

  private final Kind kind;
  private final Path directory;
  private final Random random;
  private final int size;
  private final int sizeAtFirst;

  PowerCutScenario(Kind kind, Path directory, long seed) {
    this(kind, directory, new Random(seed));
  }

  private PowerCutScenario(Kind kind, Path directory, Random random) {
    this(kind, directory, random, 512 * sectors(kind, random));
  }

  private PowerCutScenario(Kind kind, Path directory, Random random, int size) {
    super(VDI, directory.resolve("image.vdi"), size, random);
    this.kind = kind;
    this.directory = directory;
    this.random = random;
    this.size = size;
    this.sizeAtFirst =
        switch (kind) {
          // There is room to list the blocks that move, but not for the longer map.
          case GROWTH_FULL -> 512 * (500 + random.nextInt(500));
          default -> kind.isGrown() ? 512 * (1 + random.nextInt(size / 512)) : size;
        };
  }

  private static int sectors(Kind kind, Random random) {
    if (kind == Kind.GROWTH_FULL) {
      return 1100 + random.nextInt(900);
    }
    return 200 + random.nextInt(kind.blockSize < 1 << 20 ? 1800 : 9000);
  }

  @Override
  protected void create(Path image, DiskModel model) throws IOException {
    byte[] stored = new byte[sizeAtFirst];
    VdiFile file = new VdiFile(stored, kind.blockSize, random);
    for (int i = 0; i < file.blocks(); i++) {
      boolean free = kind != Kind.FIXED && kind != Kind.GROWTH_FULL && random.nextInt(4) > 0;
      file.set(i, free ? Block.FREE : Block.DATA);
    }
    if (kind.blockSize < 1 << 20) {
      file.mapAt = -4096;
      file.dataAt = -4096;
    }
    switch (kind) {
      case SHORT_HEADER -> file.headerSize = 384;
      case UNALIGNED -> {
        file.mapAt = 500;
        // A sector of the disk is one of the file all the same, or it could not be written at once.
        file.dataAt = -512;
      }
      case EXTRA_DATA -> file.blockExtra = 512;
      case FIXED -> file.type = VdiFile.FIXED;
      default -> {}
    }
    if (kind.isDifferencing()) {
      int below =
          kind == Kind.DIFFERENCING_LONGER ? 512 * (1 + random.nextInt(size / 512)) : sizeAtFirst;
      byte[] content = content(below, model);
      byte[] longer = new byte[size];
      // What the parent has where the disk has ended must not show once it grows.
      random.nextBytes(longer);
      System.arraycopy(content, 0, longer, 0, below);
      VdiFile parent = new VdiFile(kind.isGrown() ? longer : content, 4096, random);
      parent.create = UUID.randomUUID();
      parent.mapAt = -4096;
      parent.dataAt = -4096;
      parent.write(directory.resolve("parent.vdi"));
      // What the image itself stores is the same, so that the model is that of the parent.
      System.arraycopy(content, 0, stored, 0, below);
      file.over(parent);
    }
    file.write(image);
  }

  @Override
  protected void work(Storage storage, DiskModel model, int operations) throws IOException {
    if (kind.isCompacted()) {
      try (DiskImage disk = open(storage)) {
        for (int i = 0; i < operations / 2; i++) {
          change(disk, model, 10);
        }
        model.flush(disk);
      }
      try (ImageMaintenance image =
          DiskImages.maintain(
              new NamedStorage(storage, directory.resolve("image.vdi")), VDI.writable())) {
        image.compact(ProgressListener.NONE);
      }
    } else if (kind.isGrown()) {
      workAndGrow(storage, model, operations);
    } else {
      super.work(storage, model, operations);
    }
  }
}
