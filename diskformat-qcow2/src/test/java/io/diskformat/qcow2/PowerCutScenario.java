package io.diskformat.qcow2;

import io.diskformat.BlockDevice;
import io.diskformat.CreateOptions;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.storage.Storage;
import io.diskformat.testing.DiskModel;
import io.diskformat.testing.Oracle;
import io.diskformat.testing.PowerCut;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;

/** Work on a qcow2 image: no cluster may be counted too low, and a writer leaves no leak. */
final class PowerCutScenario extends PowerCut {
  /** Of the 2 MiB that a table of one cluster of 512 bytes covers with refcounts of 64 bits. */
  private static final int NEARLY_FULL = 3850 * 512;

  /** So many sectors fill what the first table has room for, and more. */
  private static final int DENSE = 300;

  /** Clusters of what size, and what there is before the work begins. */
  enum Kind {
    ALLOCATE("cluster_size=4096"),
    TINY_CLUSTERS("cluster_size=512"),
    VERSION_2("cluster_size=4096,compat=0.10"),
    LAZY("cluster_size=4096,lazy_refcounts=on"),
    SUBCLUSTERS("cluster_size=16384,extended_l2=on"),
    BACKING("cluster_size=4096"),
    SUBCLUSTERS_BACKING("cluster_size=16384,extended_l2=on"),
    SNAPSHOT("cluster_size=4096"),
    SUBCLUSTERS_SNAPSHOT("cluster_size=16384,extended_l2=on"),
    COMPRESSED("cluster_size=4096"),
    REFCOUNT_TABLE_GROWTH("cluster_size=512,refcount_bits=64"),
    DISCARD_REUSE("cluster_size=4096");

    private final String options;

    Kind(String options) {
      this.options = options;
    }

    boolean hasSnapshot() {
      return this == SNAPSHOT || this == SUBCLUSTERS_SNAPSHOT;
    }

    private boolean hasBacking() {
      return this == BACKING || this == SUBCLUSTERS_BACKING;
    }
  }

  private final Kind kind;
  private final Path directory;
  private final Random random;
  private final long size;

  PowerCutScenario(Kind kind, Path directory, long seed) {
    this(kind, directory, new Random(seed));
  }

  private PowerCutScenario(Kind kind, Path directory, Random random) {
    this(
        kind,
        directory,
        random,
        kind == Kind.REFCOUNT_TABLE_GROWTH ? 3 << 20 : 512L * (200 + random.nextInt(1800)));
  }

  private PowerCutScenario(Kind kind, Path directory, Random random, long size) {
    super("qcow2", directory.resolve("image.qcow2"), size, random);
    this.kind = kind;
    this.directory = directory;
    this.random = random;
    this.size = size;
  }

  @Override
  protected void create(Path image, DiskModel model) throws IOException {
    CreateOptions options = CreateOptions.format("qcow2").size(size).replaceExisting();
    for (String option : kind.options.split(",")) {
      options = options.option(option.split("=")[0], option.split("=")[1]);
    }
    if (kind.hasBacking()) {
      byte[] base = new byte[512 * (1 + random.nextInt((int) (size / 512)))];
      Files.write(directory.resolve("base.raw"), base);
      options = options.option("backing_file", "base.raw").option("backing_fmt", "raw");
    }
    DiskImages.create(image, options);
    if (kind.hasSnapshot()) {
      try (DiskImage disk = DiskImages.open(image, writable().format("qcow2"))) {
        for (int i = 0; i < 10; i++) {
          // Zeroes that are stored as data, so that the model of an empty disk holds.
          int at = 512 * random.nextInt((int) (size / 512));
          disk.write(at, new byte[(int) Math.min(size - at, 512 * (1 + random.nextInt(40)))]);
        }
      }
      Oracle.qemuImg("snapshot", "-c", "before", image).orFail();
    }
  }

  @Override
  protected void before(DiskImage disk, DiskModel model) throws IOException {
    if (kind == Kind.REFCOUNT_TABLE_GROWTH) {
      // A little less than the first table has room for.
      model.write(disk, 0, NEARLY_FULL);
    } else {
      super.before(disk, model);
    }
  }

  @Override
  protected void change(DiskImage disk, DiskModel model, int flushOf100) throws IOException {
    if (kind == Kind.REFCOUNT_TABLE_GROWTH) {
      if (random.nextInt(100) < flushOf100) {
        model.flush(disk);
        return;
      }
      // Where the disk is empty, so that the file grows; and near each other, so that tables that
      // are already there come to point to clusters that only the longer table counts.
      long first = NEARLY_FULL / 512 + random.nextInt(DENSE);
      long most = 1 + random.nextInt(random.nextBoolean() ? 8 : 30);
      change(disk, model, first * 512, 512 * (int) Math.min(size / 512 - first, most));
    } else {
      super.change(disk, model, flushOf100);
    }
  }

  @Override
  protected void write(DiskImage disk, DiskModel model, long offset, int length)
      throws IOException {
    if (kind == Kind.COMPRESSED && random.nextBoolean()) {
      long start = offset & -4096L;
      model.write(new Compressing(disk), start, (int) Math.min(4096, size - start));
    } else {
      super.write(disk, model, offset, length);
    }
  }

  @Override
  protected String corruption(Storage image) throws IOException {
    return RefcountAudit.of(image).corruption();
  }

  @Override
  protected String problem(Storage image) throws IOException {
    RefcountAudit after = RefcountAudit.of(image);
    return after.leaks() == 0 && after.corruption().isEmpty()
        ? ""
        : after.leaks() + " leaks, and corrupt:" + after.corruption();
  }

  /** A device whose writes are compressed. */
  private record Compressing(DiskImage image) implements BlockDevice {
    @Override
    public long size() {
      return image.size();
    }

    @Override
    public boolean isWritable() {
      return true;
    }

    @Override
    public void read(long offset, MemorySegment target) throws IOException {
      image.read(offset, target);
    }

    @Override
    public void write(long offset, MemorySegment source) throws IOException {
      image.writeCompressed(offset, source);
    }

    @Override
    public void writeZeroes(long offset, long length) throws IOException {
      image.writeZeroes(offset, length);
    }

    @Override
    public void discard(long offset, long length) throws IOException {
      image.discard(offset, length);
    }

    @Override
    public void flush() throws IOException {
      image.flush();
    }

    @Override
    public io.diskformat.ExtentCursor extents(long offset, long length) throws IOException {
      return image.extents(offset, length);
    }

    @Override
    public void close() {}
  }
}
