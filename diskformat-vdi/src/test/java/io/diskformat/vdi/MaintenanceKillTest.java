package io.diskformat.vdi;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.storage.Storage;
import io.diskformat.testing.KillHits;
import io.diskformat.testing.MaintenanceKills;
import io.diskformat.testing.RandomContent;
import io.diskformat.testing.Seeds;
import io.diskformat.vdi.VdiFile.Block;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Processes that resize, compact and commit images are killed; {@code -Ddiskformat.kills=200} for a
 * long run, that many kills over all kinds of images.
 */
final class MaintenanceKillTest {
  private static final int KILLS = Integer.getInteger("diskformat.kills", 12);

  /** With so many kills each step must have been hit. */
  private static final int MANY = 50;

  /** Only in a new image is the room before the first block small, so that its map must move. */
  private static final int KILLS_PER_IMAGE = 3;

  private static final List<String> STEPS = List.of("resize", "compaction", "commit", "empty");

  private static final KillHits HITS = new KillHits();

  /** By file, where the map was when it was last looked at. */
  private static final Map<String, Integer> MAPS = new HashMap<>();

  private static int mapMoves;

  private enum Kind {
    USUAL(1 << 20, 48 << 20),
    SMALL_BLOCKS(1024, 24 << 20),
    TINY_BLOCKS(512, 12 << 20),
    FIXED(32768, 24 << 20),
    DIFFERENCING(4096, 24 << 20),
    DIFFERENCING_LONGER(1 << 16, 24 << 20);

    private final int blockSize;
    private final int largestSize;

    Kind(int blockSize, int largestSize) {
      this.blockSize = blockSize;
      this.largestSize = largestSize;
    }
  }

  @TempDir private Path directory;

  @ParameterizedTest
  @EnumSource
  void nothingAcknowledgedIsLost(Kind kind) throws IOException {
    long seed = Seeds.of(getClass());
    Random random = new Random(seed);
    int kinds = Kind.values().length;
    int share = KILLS / kinds + (kind.ordinal() < KILLS % kinds ? 1 : 0);
    for (int done = 0; done < share; done += KILLS_PER_IMAGE) {
      scenario(kind, random).run(Math.min(KILLS_PER_IMAGE, share - done));
    }
    System.out.println(
        kind + ": so far " + HITS + "; maps moved " + mapMoves + "; " + Seeds.toRepeat(seed));
  }

  @AfterAll
  static void eachStepWasHit() {
    if (HITS.kills() >= MANY) {
      for (String step : STEPS) {
        assertTrue(HITS.within(step) > 0, () -> "no kill within a step: " + step);
      }
    }
  }

  private MaintenanceKills scenario(Kind kind, Random random) throws IOException {
    MAPS.clear();
    Path image = directory.resolve("image.vdi");
    Path parent = directory.resolve("parent.vdi");
    VdiFile file = file(kind.blockSize, kind.largestSize, 1, random);
    MaintenanceKills kills =
        new MaintenanceKills("vdi", image, kind.largestSize, random.nextLong(), HITS)
            .clusters(kind.blockSize)
            .checkedBy(MaintenanceKillTest::problem);
    switch (kind) {
      case FIXED -> {
        file.type = VdiFile.FIXED;
        for (int i = 0; i < file.blocks(); i++) {
          file.set(i, Block.DATA);
        }
      }
      case DIFFERENCING, DIFFERENCING_LONGER -> {
        boolean longer = kind == Kind.DIFFERENCING_LONGER;
        VdiFile below =
            file(longer ? 4096 : 1 << 16, kind.largestSize / (longer ? 8 : 1), 2, random);
        below.create = UUID.randomUUID();
        below.write(parent);
        file.over(below);
        kills.committingTo(parent);
      }
      default -> kills.compacting();
    }
    file.write(image);
    return kills;
  }

  /**
   * An image of any size up to a half of the largest, in which blocks are free, zeroes, or data.
   */
  private static VdiFile file(int blockSize, int largest, int value, Random random) {
    int size = 512 * (largest / 4096 + random.nextInt(largest / 1024 - largest / 4096));
    byte[] content = RandomContent.of(value, 0, size);
    // Some of what is stored is zeroes.
    for (int at = 0; at + (1 << 18) <= size; at += 1 << 20) {
      Arrays.fill(content, at, at + (1 << 18), (byte) 0);
    }
    VdiFile file = new VdiFile(content, blockSize, random);
    for (int i = 0; i < file.blocks(); i++) {
      file.set(i, Block.values()[random.nextInt(3)]);
    }
    file.shuffled = true;
    // There is hardly any room for a longer map.
    int end = (512 + 4 * file.blocks() + 511) / 512 * 512;
    file.mapAt = end - 4 * file.blocks();
    file.dataAt = end;
    return file;
  }

  private static String problem(Storage storage, boolean leaksAllowed) throws IOException {
    VdiAudit found = VdiAudit.of(storage);
    Integer before = MAPS.put(storage.name(), found.mapOffset());
    mapMoves += before != null && before != found.mapOffset() ? 1 : 0;
    return leaksAllowed ? found.corruption() : found.problem();
  }
}
