package io.diskformat.qcow2;

import static io.diskformat.qcow2.Qcow2UnderTest.QCOW2;

import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.testing.KillHits;
import io.diskformat.testing.Kills;
import io.diskformat.testing.MaintenanceKillProof;
import io.diskformat.testing.MaintenanceKills;
import io.diskformat.testing.RandomContent;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Random;

/** Processes that write, resize and compact images are killed. */
final class CompactionKillTest extends MaintenanceKillProof<CompactionKillTest.Kind> {
  private static final int LARGEST = 16 << 20;

  enum Kind {
    USUAL(65536, ""),
    TINY_CLUSTERS(512, ",refcount_bits=64"),
    VERSION_2(4096, ",compat=0.10,backing_file=base.raw,backing_fmt=raw"),
    SUBCLUSTERS(16384, ",extended_l2=on,backing_file=base.raw,backing_fmt=raw"),
    BACKING(4096, ",backing_file=base.raw,backing_fmt=raw"),
    SNAPSHOTS(4096, "");

    private final int cluster;
    private final String options;

    Kind(int cluster, String others) {
      this.cluster = cluster;
      this.options = "cluster_size=" + cluster + others;
    }
  }

  CompactionKillTest() {
    super(QCOW2, 12);
  }

  @Override
  protected List<Kind> kinds() {
    return List.of(Kind.values());
  }

  @Override
  protected List<String> steps() {
    return List.of("resize", "compaction");
  }

  @Override
  protected MaintenanceKills kills(Kind kind, Random random, KillHits hits) throws IOException {
    QCOW2.create(file(), kind.options, LARGEST / 4);
    Files.write(directory().resolve("base.raw"), RandomContent.of(1, 0, LARGEST / 4));
    try (DiskImage disk = DiskImages.open(file(), QCOW2.writable())) {
      change(disk, 2, random);
      if (kind == Kind.SNAPSHOTS) {
        disk.createSnapshot("one");
        change(disk, 3, random);
        disk.createSnapshot("two");
        change(disk, 4, random);
      }
    }
    return new MaintenanceKills("qcow2", file(), LARGEST, random.nextLong(), hits)
        .clusters(kind.cluster)
        .compacting()
        .checkedBy(Kills.Audit.by(QCOW2));
  }

  private static void change(DiskImage disk, int value, Random random) throws IOException {
    for (int i = 0; i < 20; i++) {
      long offset = 512L * random.nextInt(LARGEST / 4096);
      disk.write(offset, RandomContent.of(value, offset, 512 * (1 + random.nextInt(1000))));
    }
  }
}
