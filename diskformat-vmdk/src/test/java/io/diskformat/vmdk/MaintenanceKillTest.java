package io.diskformat.vmdk;

import static io.diskformat.vmdk.VmdkUnderTest.VMDK;

import io.diskformat.testing.KillHits;
import io.diskformat.testing.Kills;
import io.diskformat.testing.MaintenanceKillProof;
import io.diskformat.testing.MaintenanceKills;
import io.diskformat.testing.RandomContent;
import io.diskformat.vmdk.Disk.Grain;
import io.diskformat.vmdk.MaintenanceKillTest.Kind;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Processes that resize, compact and commit images are killed. */
final class MaintenanceKillTest extends MaintenanceKillProof<Kind> {
  private static final int LARGEST = 24 << 20;

  enum Kind {
    USUAL(128, 512),
    TINY_TABLES(8, 16),
    CHILD(8, 512),
    CHILD_LONGER(128, 512);

    private final int grainSectors;
    private final int tableEntries;

    Kind(int grainSectors, int tableEntries) {
      this.grainSectors = grainSectors;
      this.tableEntries = tableEntries;
    }
  }

  MaintenanceKillTest() {
    super(VMDK, 8);
  }

  @Override
  protected List<Kind> kinds() {
    return List.of(Kind.values());
  }

  @Override
  protected List<String> steps() {
    return List.of("resize", "compaction", "commit", "empty");
  }

  @Override
  protected MaintenanceKills kills(Kind kind, Random random, KillHits hits) throws IOException {
    MaintenanceKills kills =
        new MaintenanceKills("vmdk", file(), LARGEST, random.nextLong(), hits)
            .clusters(kind.grainSectors * 512)
            .checkedBy(Kills.Audit.by(VMDK));
    SparseFile file = extent(kind, LARGEST, 1, random);
    DescriptorFile descriptor = SparseFile.of(file.disk());
    switch (kind) {
      case CHILD, CHILD_LONGER -> {
        Path parent = directory().resolve("parent.vmdk");
        int largest = kind == Kind.CHILD ? LARGEST : LARGEST / 8;
        var _ = extent(kind, largest, 2, random).described().build().write(parent);
        descriptor.over("parent.vmdk", "12345678");
        kills.committingTo(parent);
      }
      default -> kills.compacting();
    }
    var _ = file.described(descriptor).build().write(file());
    return kills;
  }

  /**
   * An image of any size up to a half of the largest, in which grains are free, zeroed, or data.
   */
  private static SparseFile extent(Kind kind, int largest, int value, Random random) {
    int size = 512 * (largest / 4096 + random.nextInt(largest / 1024 - largest / 4096));
    byte[] content = RandomContent.of(value, 0, size);
    // Some of what is stored is zeroes.
    for (int at = 0; at + (1 << 18) <= size; at += 1 << 20) {
      Arrays.fill(content, at, at + (1 << 18), (byte) 0);
    }
    Disk disk = new Disk(content, kind.grainSectors);
    for (int i = 0; i < disk.grains.length; i++) {
      disk.set(i, Grain.values()[random.nextInt(3)]);
    }
    SparseFile file = new SparseFile(disk);
    file.version = 2;
    file.tableEntries = kind.tableEntries;
    return file;
  }
}
