package io.diskformat.qcow2;

import static io.diskformat.qcow2.Qcow2UnderTest.QCOW2;

import io.diskformat.BlockDevice;
import io.diskformat.CreateOptions;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.storage.FileStorage;
import io.diskformat.storage.Storage;
import io.diskformat.testing.DiskModel;
import io.diskformat.testing.FaultyStorage;
import io.diskformat.testing.Oracle;
import io.diskformat.testing.PowerCut;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
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
    ENCRYPTED("cluster_size=4096," + Qcow2UnderTest.ENCRYPTED),
    LAZY("cluster_size=4096,lazy_refcounts=on"),
    SUBCLUSTERS("cluster_size=16384,extended_l2=on"),
    BACKING("cluster_size=4096"),
    SUBCLUSTERS_BACKING("cluster_size=16384,extended_l2=on"),
    SNAPSHOT("cluster_size=4096"),

    /** Of enough tables for some to be copied all the time. */
    TINY_CLUSTERS_SNAPSHOT("cluster_size=512"),
    SUBCLUSTERS_SNAPSHOT("cluster_size=16384,extended_l2=on"),
    SNAPSHOTS_TAKEN("cluster_size=4096"),
    SNAPSHOTS_TAKEN_TINY_CLUSTERS("cluster_size=512"),
    SNAPSHOTS_TAKEN_VERSION_2("cluster_size=4096,compat=0.10"),
    SNAPSHOTS_TAKEN_SUBCLUSTERS("cluster_size=16384,extended_l2=on"),
    COMPRESSED("cluster_size=4096"),
    REFCOUNT_TABLE_GROWTH("cluster_size=512,refcount_bits=64"),
    DISCARD_REUSE("cluster_size=4096"),

    /** No entry says that its table or cluster is the disk's alone, so that both are replaced. */
    UNFLAGGED("cluster_size=512"),
    GROWTH("cluster_size=4096"),
    GROWTH_TINY_CLUSTERS("cluster_size=512"),
    GROWTH_REFCOUNT_TABLE("cluster_size=512,refcount_bits=64"),
    GROWTH_BACKING("cluster_size=16384"),
    GROWTH_BACKING_TINY_CLUSTERS("cluster_size=512"),
    GROWTH_BACKING_VERSION_2("cluster_size=4096,compat=0.10"),
    GROWTH_BACKING_SUBCLUSTERS("cluster_size=16384,extended_l2=on"),
    GROWTH_SNAPSHOT("cluster_size=4096"),
    GROWTH_SUBCLUSTERS_SNAPSHOT("cluster_size=16384,extended_l2=on");

    private final String options;

    Kind(String options) {
      this.options = options;
    }

    boolean hasSnapshot() {
      return name().endsWith("SNAPSHOT");
    }

    /** Returns whether snapshots are taken, applied and deleted as a part of the work. */
    boolean takesSnapshots() {
      return name().startsWith("SNAPSHOTS_TAKEN");
    }

    private boolean hasBacking() {
      return name().contains("BACKING");
    }

    boolean isGrown() {
      return name().startsWith("GROWTH");
    }
  }

  private final Kind kind;
  private final Path directory;
  private final Random random;
  private final int size;
  private final int sizeAtFirst;

  /** What the snapshot holds, if there is one. */
  private byte[] before = new byte[0];

  /** The snapshots that are taken during the work. */
  private final TakenSnapshots taken = new TakenSnapshots();

  PowerCutScenario(Kind kind, Path directory, long seed) {
    this(kind, directory, new Random(seed));
  }

  private PowerCutScenario(Kind kind, Path directory, Random random) {
    this(
        kind,
        directory,
        random,
        kind == Kind.REFCOUNT_TABLE_GROWTH ? 3 << 20 : 512 * (200 + random.nextInt(1800)));
  }

  private PowerCutScenario(Kind kind, Path directory, Random random, int size) {
    super(QCOW2, directory.resolve("image.qcow2"), size, random);
    this.kind = kind;
    this.directory = directory;
    this.random = random;
    this.size = size;
    this.sizeAtFirst = kind.isGrown() ? 512 * (1 + random.nextInt(size / 512)) : size;
  }

  @Override
  protected void create(Path image, DiskModel model) throws IOException {
    CreateOptions options =
        Qcow2UnderTest.options(kind.options).size(sizeAtFirst).replaceExisting();
    if (kind.hasBacking()) {
      Files.write(directory.resolve("base.raw"), base(model));
      options = options.option("backing_file", "base.raw").option("backing_fmt", "raw");
    }
    if (kind.isGrown()) {
      createShortened(image, options, model);
    } else {
      DiskImages.create(image, options);
    }
    if (kind == Kind.UNFLAGGED) {
      writeUnflagged(image, model);
    }
    if (kind.hasSnapshot()) {
      takeSnapshot(image, model);
    }
  }

  /** What is behind the end of the disk must not show once that is further away. */
  private byte[] base(DiskModel model) throws IOException {
    int known = kind.isGrown() ? sizeAtFirst : 512 * (1 + random.nextInt(size / 512));
    byte[] base = new byte[kind.isGrown() ? 512 * (1 + random.nextInt(2 * size / 512)) : known];
    random.nextBytes(base);
    byte[] content = content(Math.min(known, base.length), model);
    System.arraycopy(content, 0, base, 0, content.length);
    return base;
  }

  /** Creates an image of a disk that was larger once. */
  private void createShortened(Path image, CreateOptions options, DiskModel model)
      throws IOException {
    long once = sizeAtFirst + 512L * random.nextInt(size / 512);
    DiskImages.create(image, options.size(once));
    try (DiskImage disk = DiskImages.open(image, QCOW2.writable())) {
      for (long at = sizeAtFirst; at < once; at += 512L * (1 + random.nextInt(60))) {
        byte[] behind = new byte[(int) Math.min(once - at, 512 * (1 + random.nextInt(20)))];
        random.nextBytes(behind);
        disk.write(at, behind);
      }
      // What the last cluster has before the end of the disk, too.
      int last = Math.min(sizeAtFirst, 512 * (1 + random.nextInt(20)));
      model.write(disk, sizeAtFirst - last, last);
      model.flush(disk);
    }
    ShortenedImage.shorten(image, sizeAtFirst);
  }

  private void writeUnflagged(Path image, DiskModel model) throws IOException {
    try (DiskImage disk = DiskImages.open(image, QCOW2.writable())) {
      model.write(disk, 0, size);
      model.flush(disk);
    }
    try (Storage file = FileStorage.open(image, false, FileStorage.Sharing.UNLOCKED)) {
      Qcow2Header header = HeaderParser.read(file);
      for (int i = 0; i < header.l1Entries(); i++) {
        long table = unflag(file, image, header.l1Position() + 8L * i);
        for (long at = table; at < table + header.clusterSize(); at += 8) {
          var _ = unflag(file, image, at);
        }
      }
    }
  }

  private static long unflag(Storage file, Path image, long position) throws IOException {
    long place = file.readLong(position) & L2Entry.PLACE;
    HeaderPatch.of(image).putLong(position, place);
    return place;
  }

  private void takeSnapshot(Path image, DiskModel model) throws IOException {
    try (DiskImage disk = DiskImages.open(image, QCOW2.writable())) {
      for (int i = 0; i < 10; i++) {
        int at = 512 * random.nextInt(sizeAtFirst / 512);
        model.write(disk, at, Math.min(sizeAtFirst - at, 512 * (1 + random.nextInt(40))));
      }
      model.flush(disk);
      before = new byte[sizeAtFirst];
      disk.read(0, before);
    }
    Oracle.qemuImg("snapshot", "-c", "before", image).orFail();
  }

  @Override
  protected void look(DiskImage disk, int point) throws IOException {
    if (kind.takesSnapshots()) {
      taken.verify(disk, point);
    }
    if (kind.hasSnapshot()) {
      byte[] found = new byte[before.length];
      try (BlockDevice snapshot = disk.openSnapshot("before")) {
        snapshot.read(0, found);
      }
      int at = Arrays.mismatch(before, found);
      if (at >= 0) {
        throw new AssertionError("the snapshot differs at " + at);
      }
    }
  }

  @Override
  protected void work(Storage storage, DiskModel model, int operations) throws IOException {
    if (kind.takesSnapshots()) {
      taken.begin(((FaultyStorage) storage)::operations);
    }
    if (kind.isGrown()) {
      workAndGrow(storage, model, operations);
    } else {
      super.work(storage, model, operations);
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
    } else if (taken.isWorking() && random.nextInt(6) == 0) {
      model.flush(disk);
      taken.change(disk, random);
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
