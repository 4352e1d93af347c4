package io.diskformat.qcow2;

import io.diskformat.CreateOptions;
import io.diskformat.DiskImages;
import io.diskformat.testing.Kills;
import io.diskformat.testing.Oracle;
import io.diskformat.testing.RandomContent;
import io.diskformat.testing.Seeds;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Processes that write images are killed; {@code -Ddiskformat.kills=200} for a long run, that many
 * kills over all kinds of images.
 */
final class KillTest {
  private static final int KILLS = Integer.getInteger("diskformat.kills", 14);

  /** What images there are. */
  private enum Kind {
    USUAL("cluster_size=65536"),
    VERSION_2("cluster_size=65536,compat=0.10"),
    TINY_CLUSTERS("cluster_size=512"),
    LARGEST_CLUSTERS("cluster_size=2M"),
    LAZY_REFCOUNTS("cluster_size=4096,lazy_refcounts=on,compression_type=zstd"),
    WIDE_REFCOUNTS("cluster_size=512,refcount_bits=64"),
    NARROW_REFCOUNTS("cluster_size=4096,refcount_bits=1"),
    SUBCLUSTERS("cluster_size=16384,extended_l2=on"),
    PREALLOCATED("cluster_size=65536,preallocation=metadata"),
    DATA_FILE("cluster_size=65536,data_file=image.data"),
    BACKING("cluster_size=65536,backing_file=base.raw,backing_fmt=raw"),
    VERSION_2_BACKING("cluster_size=4096,compat=0.10,backing_file=base.raw,backing_fmt=raw"),
    SUBCLUSTERS_BACKING("cluster_size=65536,extended_l2=on,backing_file=base.raw,backing_fmt=raw"),
    SNAPSHOT("cluster_size=16384");

    private final String options;

    Kind(String options) {
      this.options = options;
    }

    private int clusterSize() {
      String size = options.substring(options.indexOf('=') + 1).split(",")[0];
      return Math.toIntExact(SizeText.parse(size));
    }

    /** Several L2 tables where clusters are tiny, several clusters where they are large. */
    private long size() {
      return clusterSize() < 4096 ? (6 << 20) + 512 : 24 << 20;
    }
  }

  @TempDir private Path directory;

  @ParameterizedTest
  @EnumSource
  void nothingAcknowledgedIsLost(Kind kind) throws IOException {
    Oracle.of("qemu-img");
    long seed = Seeds.of(getClass());
    Path image = directory.resolve("image.qcow2");
    Files.write(directory.resolve("base.raw"), RandomContent.of(1, 0, 20 << 20));
    CreateOptions options = CreateOptions.format("qcow2").size(kind.size());
    for (String option : kind.options.split(",")) {
      options = options.option(option.split("=")[0], option.split("=")[1]);
    }
    DiskImages.create(image, options);
    if (kind == Kind.SNAPSHOT) {
      Path content = Files.write(directory.resolve("content"), RandomContent.of(2, 0, 8 << 20));
      Oracle.qemuIo("-f", "qcow2", "-c", "write -s " + content + " 0 8M", image).orFail();
      Oracle.qemuImg("snapshot", "-c", "before", image).orFail();
    }
    Kills kills = new Kills("qcow2", image, seed).clusters(kind.clusterSize());
    if (kind != Kind.DATA_FILE) {
      kills.compressing();
    }
    int kinds = Kind.values().length;
    int share = KILLS / kinds + (kind.ordinal() < KILLS % kinds ? 1 : 0);
    kills.run(share);
    System.out.println(kind + ": " + share + " kills: " + kills + "; " + Seeds.toRepeat(seed));
  }
}
