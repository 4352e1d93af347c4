package io.diskformat.vdi;

import io.diskformat.CreateOptions;
import io.diskformat.DiskImages;
import io.diskformat.testing.Kills;
import io.diskformat.testing.RandomContent;
import io.diskformat.testing.Seeds;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Processes that write images are killed; {@code -Ddiskformat.kills=200} for a long run, that many
 * kills over all kinds of images.
 */
final class KillTest {
  private static final int KILLS = Integer.getInteger("diskformat.kills", 6);
  private static final int SIZE = (24 << 20) + 512;

  private enum Kind {
    USUAL(1 << 20),
    SMALL_BLOCKS(4096),
    DIFFERENCING(1 << 16);

    private final int blockSize;

    Kind(int blockSize) {
      this.blockSize = blockSize;
    }
  }

  @TempDir private Path directory;

  @ParameterizedTest
  @EnumSource
  void nothingAcknowledgedIsLost(Kind kind) throws IOException {
    long seed = Seeds.of(getClass());
    Path image = directory.resolve("image.vdi");
    if (kind == Kind.USUAL) {
      DiskImages.create(image, CreateOptions.format("vdi").size(SIZE));
    } else {
      VdiFile file = new VdiFile(new byte[SIZE], kind.blockSize, new Random(seed));
      for (int i = 0; i < file.blocks(); i++) {
        file.set(i, VdiFile.Block.FREE);
      }
      if (kind == Kind.DIFFERENCING) {
        VdiFile parent = new VdiFile(RandomContent.of(1, 0, 20 << 20), 1 << 20, new Random(seed));
        parent.create = new UUID(5, 6);
        parent.write(directory.resolve("parent.vdi"));
        file.over(parent);
      }
      file.write(image);
    }
    Kills kills =
        new Kills("vdi", image, seed)
            .clusters(kind.blockSize)
            .checkedBy((storage, leaksAllowed) -> {
              VdiAudit found = VdiAudit.of(storage);
              return leaksAllowed ? found.corruption() : found.problem();
            });
    int kinds = Kind.values().length;
    int share = KILLS / kinds + (kind.ordinal() < KILLS % kinds ? 1 : 0);
    kills.run(share);
    System.out.println(kind + ": " + share + " kills: " + kills + "; " + Seeds.toRepeat(seed));
  }
}
