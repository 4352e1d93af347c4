package io.diskformat.vdi;

import static io.diskformat.vdi.VdiUnderTest.VDI;

import io.diskformat.storage.Storage;
import io.diskformat.testing.KillHits;
import io.diskformat.testing.MaintenanceKillProof;
import io.diskformat.testing.MaintenanceKills;
import io.diskformat.testing.RandomContent;
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

/** Processes that resize, compact and commit images are killed. */
final class MaintenanceKillTest extends MaintenanceKillProof<MaintenanceKillTest.Kind> {
  /** By file, where the map was when it was last looked at. */
  private final Map<String, Integer> maps = new HashMap<>();

  private int mapMoves;

  enum Kind {
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

  MaintenanceKillTest() {
    super(VDI, 12);
  }

  @Override
  protected List<Kind> kinds() {
    return List.of(Kind.values());
  }

  @Override
  protected List<String> steps() {
    return List.of("resize", "compaction", "commit", "empty");
  }

  @AfterAll
  void reportMoves() {
    System.out.println("maps moved " + mapMoves);
  }

  @Override
  protected MaintenanceKills kills(Kind kind, Random random, KillHits hits) throws IOException {
    maps.clear();
    Path parent = directory().resolve("parent.vdi");
    VdiFile file = file(kind.blockSize, kind.largestSize, 1, random);
    MaintenanceKills kills =
        new MaintenanceKills("vdi", file(), kind.largestSize, random.nextLong(), hits)
            .clusters(kind.blockSize)
            .checkedBy(this::problem);
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
    file.write(file());
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

  private String problem(Storage storage, boolean leaksAllowed) throws IOException {
    VdiAudit found = VdiAudit.of(storage);
    Integer before = maps.put(storage.name(), found.mapPosition());
    mapMoves += before != null && before != found.mapPosition() ? 1 : 0;
    return leaksAllowed ? found.corruption() : found.problem();
  }
}
