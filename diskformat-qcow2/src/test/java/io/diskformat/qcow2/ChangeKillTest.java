package io.diskformat.qcow2;

import static io.diskformat.qcow2.Qcow2UnderTest.QCOW2;

import io.diskformat.testing.KillHits;
import io.diskformat.testing.Kills;
import io.diskformat.testing.MaintenanceKillProof;
import io.diskformat.testing.MaintenanceKills;
import io.diskformat.testing.RandomContent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;

/**
 * Processes are killed that take, apply and delete snapshots, amend and rebase images, change their
 * bitmaps, commit and empty them.
 */
final class ChangeKillTest extends MaintenanceKillProof<ChangeKillTest.Kind> {
  private static final int SIZE = 8 << 20;

  private static final String BACKING = ",backing_file=base.raw,backing_fmt=raw";

  enum Kind {
    AMENDED(65536, ""),
    AMENDED_TINY_CLUSTERS(512, ""),
    AMENDED_BACKING(4096, ",compat=0.10" + BACKING),
    REBASED(4096, BACKING),
    REBASED_SUBCLUSTERS(16384, ",extended_l2=on" + BACKING),
    BITMAPS(65536, ""),
    BITMAPS_TINY_CLUSTERS(512, ""),
    COMMITTED(4096, ",backing_file=parent.qcow2,backing_fmt=qcow2"),
    COMMITTED_SUBCLUSTERS(
        16384, ",extended_l2=on,backing_file=parent.qcow2,backing_fmt=qcow2");

    private final int cluster;
    private final String options;

    Kind(int cluster, String others) {
      this.cluster = cluster;
      this.options = "cluster_size=" + cluster + others;
    }

    private boolean isAbout(String what) {
      return name().startsWith(what);
    }
  }

  ChangeKillTest() {
    super(QCOW2, 9);
  }

  @Override
  protected List<Kind> kinds() {
    return List.of(Kind.values());
  }

  @Override
  protected List<String> steps() {
    return List.of(
        "snapshot", "apply", "delete", "amend", "rebase", "bitmap", "commit", "empty");
  }

  @Override
  protected MaintenanceKills kills(Kind kind, Random random, KillHits hits) throws IOException {
    Path parent = directory().resolve("parent.qcow2");
    if (kind.isAbout("COMMITTED")) {
      QCOW2.create(parent, "cluster_size=65536", SIZE / 2);
    }
    QCOW2.create(file(), kind.options, SIZE);
    Files.write(directory().resolve("base.raw"), RandomContent.of(1, 0, SIZE));
    Files.write(directory().resolve("other.raw"), RandomContent.of(2, 0, SIZE / 2));
    MaintenanceKills kills =
        new MaintenanceKills("qcow2", file(), SIZE, random.nextLong(), hits)
            .clusters(kind.cluster)
            .checkedBy(Kills.Audit.by(QCOW2));
    if (kind.isAbout("COMMITTED")) {
      return kills.committingTo(parent);
    } else if (kind.isAbout("AMENDED")) {
      return kills.changing(
          "amend compat 0.10",
          "amend compat 1.1",
          "amend refcount_bits 64",
          "amend refcount_bits 16",
          "amend refcount_bits 4",
          "amend lazy_refcounts on",
          "amend lazy_refcounts off");
    } else if (kind.isAbout("REBASED")) {
      return kills.changing("rebase base.raw raw", "rebase other.raw raw", "rebase");
    }
    return kills.changing(
        "bitmap add a",
        "bitmap add b",
        "bitmap merge a",
        "bitmap clear a",
        "bitmap disable b",
        "bitmap enable b",
        "bitmap remove a",
        "bitmap remove b");
  }
}
