package io.diskformat.qcow2;

import io.diskformat.BlockDevice;
import io.diskformat.CreateOptions;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.ReferencePolicy;
import io.diskformat.storage.FileStorage;
import io.diskformat.storage.Storage;
import io.diskformat.testing.CrashImages;
import io.diskformat.testing.DiskModel;
import io.diskformat.testing.FaultyStorage;
import io.diskformat.testing.Oracle;
import io.diskformat.testing.PagedStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;

/**
 * An image that is worked on until the power is cut: at each point of the work, whatever may be
 * left must open, hold everything that was flushed, have no cluster counted too low, and have no
 * leak once it was opened for writing and closed again.
 */
final class PowerCutScenario {
  private static final OpenOptions WRITABLE =
      OpenOptions.writable().format("qcow2").references(ReferencePolicy.sameDirectory());

  /** Of the 2 MiB that a table of one cluster of 512 bytes covers with refcounts of 64 bits. */
  private static final int NEARLY_FULL = 3850 * 512;

  /** One in how many times the power is cut again while the next writer counts. */
  private static final int REPAIRS_CUT = 40;

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
    this.kind = kind;
    this.directory = directory;
    this.random = new Random(seed);
    this.size = kind == Kind.REFCOUNT_TABLE_GROWTH ? 3 << 20 : 512L * (200 + random.nextInt(1800));
  }

  /**
   * Does the work and cuts the power at each point of it.
   *
   * @return how many possibilities were checked
   */
  long run(long seed, int operations, int perPoint) throws IOException {
    Path image = createImage();
    PagedStorage initial;
    try (Storage file = FileStorage.open(image, false, FileStorage.Sharing.UNLOCKED)) {
      initial = PagedStorage.copyOf(file);
    }
    FaultyStorage storage = new FaultyStorage(initial);
    DiskModel model = new DiskModel(size, storage::operations);
    before(storage, model);
    int begin = storage.operations();
    work(storage, model, operations);
    CrashImages images = CrashImages.of(storage);
    return images.check(
        begin, images.lastPoint(), seed, perPoint, (left, point) -> verify(left, point, model));
  }

  private Path createImage() throws IOException {
    Path image = directory.resolve("image.qcow2");
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
      try (DiskImage disk = DiskImages.open(image, WRITABLE)) {
        for (int i = 0; i < 10; i++) {
          // Zeroes that are stored as data, so that the model of an empty disk holds.
          int at = 512 * random.nextInt((int) (size / 512));
          disk.write(at, new byte[(int) Math.min(size - at, 512 * (1 + random.nextInt(40)))]);
        }
      }
      Oracle.qemuImg("snapshot", "-c", "before", image).orFail();
    }
    return image;
  }

  /** Some contents that are durable before the first cut. */
  private void before(FaultyStorage storage, DiskModel model) throws IOException {
    try (DiskImage disk = open(storage)) {
      if (kind == Kind.REFCOUNT_TABLE_GROWTH) {
        // A little less than the first table has room for.
        model.write(disk, 0, NEARLY_FULL);
      } else {
        for (int i = 0; i < 8; i++) {
          change(disk, model, 0);
        }
      }
      model.flush(disk);
    }
  }

  private void work(FaultyStorage storage, DiskModel model, int operations) throws IOException {
    int sessions = 1 + random.nextInt(2);
    for (int session = 0; session < sessions; session++) {
      try (DiskImage disk = open(storage)) {
        for (int i = 0; i < operations / sessions; i++) {
          change(disk, model, 12);
        }
        // Sometimes it is left to the closing.
        if (random.nextInt(3) == 0) {
          model.flush(disk);
        }
      }
    }
  }

  private void change(DiskImage disk, DiskModel model, int flushOf100) throws IOException {
    if (random.nextInt(100) < flushOf100) {
      model.flush(disk);
      return;
    }
    long sectors = size / 512;
    long first = random.nextInt((int) sectors);
    if (kind == Kind.REFCOUNT_TABLE_GROWTH) {
      // Where the disk is empty, so that the file grows; and near each other, so that tables that
      // are already there come to point to clusters that only the longer table counts.
      first = NEARLY_FULL / 512 + random.nextInt(DENSE);
    }
    boolean small = random.nextBoolean();
    int longest = kind == Kind.REFCOUNT_TABLE_GROWTH ? 30 : 120;
    int length = (int) Math.min(sectors - first, 1 + random.nextInt(small ? 8 : longest));
    switch (random.nextInt(10)) {
      case 0 -> model.writeZeroes(disk, first * 512, length * 512L);
      case 1, 2 -> model.discard(disk, first * 512, length * 512L);
      default -> {
        if (kind == Kind.COMPRESSED && random.nextBoolean()) {
          long start = first * 512 & -4096L;
          model.write(new Compressing(disk), start, (int) Math.min(4096, size - start));
        } else {
          model.write(disk, first * 512, length * 512);
        }
      }
    }
  }

  private DiskImage open(Storage storage) throws IOException {
    return DiskImages.open(new NamedStorage(storage, directory.resolve("image.qcow2")), WRITABLE);
  }

  private void verify(PagedStorage left, int point, DiskModel model) throws IOException {
    String corruption = RefcountAudit.of(left).corruption();
    if (!corruption.isEmpty()) {
      throw new AssertionError("corrupt:" + corruption);
    }
    PagedStorage survivor = left.copy(left.name());
    try (DiskImage disk = open(left)) {
      model.after(point).verify(disk);
    }
    if (random.nextInt(REPAIRS_CUT) == 0) {
      cutRepair(survivor.copy(survivor.name()), point, model);
    }
    RefcountAudit after = RefcountAudit.of(survivorOf(survivor));
    if (after.leaks() != 0 || !after.corruption().isEmpty()) {
      throw new AssertionError(
          after.leaks() + " leaks after a writer, and corrupt:" + after.corruption());
    }
  }

  /** Whoever counts anew after a cut may be cut in turn. */
  private void cutRepair(PagedStorage left, int point, DiskModel model) throws IOException {
    FaultyStorage storage = new FaultyStorage(left);
    survivorOf(storage);
    CrashImages images = CrashImages.of(storage);
    var _ =
        images.check(
            0,
            images.lastPoint(),
            random.nextLong(),
            2,
            (again, _) -> {
              String corruption = RefcountAudit.of(again).corruption();
              if (!corruption.isEmpty()) {
                throw new AssertionError("corrupt after the second cut:" + corruption);
              }
              try (DiskImage disk = open(again)) {
                model.after(point).verify(disk);
              }
            });
  }

  /** Opens for writing and closes. */
  private Storage survivorOf(Storage storage) throws IOException {
    open(storage).close();
    return storage;
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
