package io.diskformat.qcow2;

import static io.diskformat.qcow2.Qcow2UnderTest.QCOW2;

import io.diskformat.testing.KillProof;
import io.diskformat.testing.Kills;
import io.diskformat.testing.Oracle;
import io.diskformat.testing.RandomContent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Processes that write images are killed. */
final class KillTest extends KillProof<KillTest.Kind> {
  /** What images there are. */
  enum Kind {
    USUAL("cluster_size=65536"),
    VERSION_2("cluster_size=65536,compat=0.10"),
    TINY_CLUSTERS("cluster_size=512"),
    LARGEST_CLUSTERS("cluster_size=2097152"),
    LAZY_REFCOUNTS("cluster_size=4096,lazy_refcounts=on,compression_type=zstd"),
    WIDE_REFCOUNTS("cluster_size=512,refcount_bits=64"),
    NARROW_REFCOUNTS("cluster_size=4096,refcount_bits=1"),
    SUBCLUSTERS("cluster_size=16384,extended_l2=on"),
    PREALLOCATED("cluster_size=65536,preallocation=metadata"),
    DATA_FILE("cluster_size=65536,data_file=image.data"),
    BACKING("cluster_size=65536,backing_file=base.raw,backing_fmt=raw"),
    VERSION_2_BACKING("cluster_size=4096,compat=0.10,backing_file=base.raw,backing_fmt=raw"),
    SUBCLUSTERS_BACKING("cluster_size=65536,extended_l2=on,backing_file=base.raw,backing_fmt=raw"),
    ENCRYPTED("cluster_size=65536," + Qcow2UnderTest.ENCRYPTED),
    SNAPSHOT("cluster_size=16384");

    private final String options;

    Kind(String options) {
      this.options = options;
    }

    private int clusterSize() {
      String size = options.substring(options.indexOf('=') + 1).split(",")[0];
      return Integer.parseInt(size);
    }

    /** Several L2 tables where clusters are tiny, several clusters where they are large. */
    private long size() {
      return clusterSize() < 4096 ? (6 << 20) + 512 : 24 << 20;
    }
  }

  KillTest() {
    super(QCOW2, 15);
  }

  @Override
  protected List<Kind> kinds() {
    return List.of(Kind.values());
  }

  @Override
  protected Kills kills(Kind kind, long seed) throws IOException {
    Oracle _ = Oracle.of("qemu-img");
    QCOW2.create(file(), kind.options, kind.size());
    if (kind.options.contains("base.raw")) {
      Files.write(directory().resolve("base.raw"), RandomContent.of(1, 0, 20 << 20));
    }
    if (kind == Kind.SNAPSHOT) {
      Path content = Files.write(directory().resolve("content"), RandomContent.of(2, 0, 8 << 20));
      Oracle.qemuIo("-f", "qcow2", "-c", "write -s " + content + " 0 8M", file()).orFail();
      Oracle.qemuImg("snapshot", "-c", "before", file()).orFail();
    }
    Kills kills = new Kills("qcow2", file(), seed).clusters(kind.clusterSize());
    if (kind == Kind.ENCRYPTED) {
      return kills.openedBy(Qcow2UnderTest.PASSPHRASE).checkedBy(Kills.Audit.by(QCOW2));
    }
    return kind == Kind.DATA_FILE ? kills : kills.compressing();
  }
}
