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

/** Processes that write images and make their disks larger are killed. */
final class ResizeKillTest extends MaintenanceKillProof<ResizeKillTest.Kind> {
  private static final int LARGEST = 16 << 20;

  enum Kind {
    USUAL(65536, ""),
    TINY_CLUSTERS(512, ",backing_file=base.raw,backing_fmt=raw"),
    VERSION_2(4096, ",compat=0.10,backing_file=base.raw,backing_fmt=raw"),
    SUBCLUSTERS(16384, ",extended_l2=on,backing_file=base.raw,backing_fmt=raw"),
    BACKING(65536, ",backing_file=base.raw,backing_fmt=raw"),
    RAW_DATA_FILE(65536, ",data_file=image.data,data_file_raw=on");

    private final int cluster;
    private final String options;

    Kind(int cluster, String others) {
      this.cluster = cluster;
      this.options = "cluster_size=" + cluster + others;
    }
  }

  ResizeKillTest() {
    super(QCOW2, 12);
  }

  @Override
  protected List<Kind> kinds() {
    return List.of(Kind.values());
  }

  @Override
  protected List<String> steps() {
    return List.of("resize");
  }

  @Override
  protected MaintenanceKills kills(Kind kind, Random random, KillHits hits) throws IOException {
    create(kind, random);
    return new MaintenanceKills("qcow2", file(), LARGEST, random.nextLong(), hits)
        .clusters(kind.cluster)
        .checkedBy(Kills.Audit.by(QCOW2));
  }

  /** An image of a disk that was larger once, over a backing file that is. */
  private void create(Kind kind, Random random) throws IOException {
    QCOW2.create(file(), kind.options, LARGEST / 2);
    Files.write(directory().resolve("base.raw"), RandomContent.of(1, 0, LARGEST));
    try (DiskImage disk = DiskImages.open(file(), QCOW2.writable())) {
      for (int i = 0; i < 20; i++) {
        long offset = 512L * random.nextInt(LARGEST / 2048);
        disk.write(offset, RandomContent.of(2, offset, 512 * (1 + random.nextInt(1000))));
      }
    }
    ShortenedImage.shorten(file(), 512 * (1 + random.nextInt(LARGEST / 2048)));
  }
}
