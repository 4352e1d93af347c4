package io.diskformat.benchmarks;

import io.diskformat.CreateOptions;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.transfer.Conversion;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.URISyntaxException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Locale;

/**
 * The images that the benchmarks read, each made when it is first asked for and kept: in the
 * directory that the system property {@code diskformat.benchmarks.dir} or the environment variable
 * {@code DISKFORMAT_BENCHMARKS_DIR} names, or else in {@code images} beside the jar.
 */
public final class BenchmarkImages {
  /** The cluster size of all images, in bytes. */
  public static final int CLUSTER = Qcow2Writer.CLUSTER;

  private static final long HUGE = 16L << 40;

  private final String name;
  private final long size;

  /**
   * Creates a set of images whose disks have one size.
   *
   * @param size such as {@code 4g}, a power of two
   */
  public BenchmarkImages(String size) {
    this.name = size.toLowerCase(Locale.ROOT);
    this.size = Sizes.parsePowerOfTwo(size);
  }

  /**
   * Makes all images that the benchmarks use by default. An argument sets the size of the large
   * ones.
   */
  public static void main(String[] args) throws IOException {
    BenchmarkImages large = new BenchmarkImages(args.length == 0 ? "4g" : args[0]);
    System.out.println(large.full());
    System.out.println(large.half());
    BenchmarkImages small = new BenchmarkImages("256m");
    System.out.println(small.compressed("zlib"));
    System.out.println(small.compressed("zstd"));
    System.out.println(small("1m"));
    System.out.println(empty16t());
    System.out.println(metadata16t());
  }

  /** Returns the size of the disks in bytes. */
  public long size() {
    return size;
  }

  /** Returns a raw disk of random bytes. */
  public Path random() throws IOException {
    return written("random-" + name + ".raw", file -> Content.writeRandom(file, size));
  }

  /** Returns the random disk as a qcow2 image. */
  public Path full() throws IOException {
    return converted("full-" + name + ".qcow2", random(), this::writeFull);
  }

  /** Returns the random disk as a monolithicSparse VMDK image, written by this library. */
  public Path vmdkFull() throws IOException {
    Path raw = random();
    return made(
        "full-" + name + ".vmdk",
        path -> {
          try (DiskImage disk = DiskImages.open(raw, OpenOptions.readOnly().format("raw"))) {
            Conversion.from(disk).to(path, CreateOptions.format("vmdk").replaceExisting()).run();
          }
        });
  }

  private void writeFull(FileChannel file) throws IOException {
    Qcow2Writer writer = Qcow2Writer.of(file, size);
    writeRandomAt(file, writer.dataStart(), (int) writer.clusters(), n -> n);
    writer.finish(
        writer.dataStart() + size,
        0,
        n -> Qcow2Writer.COPIED | writer.dataStart() + n * CLUSTER,
        n -> 1);
  }

  /** Returns a qcow2 image of the random disk where {@link #halfAllocated()} is, else of zeroes. */
  public Path half() throws IOException {
    return written("half-" + name + ".qcow2", this::writeHalf);
  }

  /** Returns a bit for each cluster that {@link #half()} has. */
  public long[] halfAllocated() {
    return new HalfAllocation((int) (size / CLUSTER)).bits();
  }

  private void writeHalf(FileChannel file) throws IOException {
    Qcow2Writer writer = Qcow2Writer.of(file, size);
    HalfAllocation half = new HalfAllocation((int) writer.clusters());
    long[] entries = new long[(int) writer.clusters()];
    for (int n = 0; n < half.count(); n++) {
      entries[half.stored(n)] = Qcow2Writer.COPIED | writer.dataStart() + (long) n * CLUSTER;
    }
    writeRandomAt(file, writer.dataStart(), half.count(), half::stored);
    writer.finish(
        writer.dataStart() + (long) half.count() * CLUSTER, 0, n -> entries[(int) n], n -> 1);
  }

  /** Says which cluster of the random disk is stored at a place. */
  @FunctionalInterface
  private interface Order {
    int stored(int n);
  }

  private static void writeRandomAt(FileChannel file, long start, int count, Order order)
      throws IOException {
    MemorySegment piece = Content.piece();
    int perPiece = Content.PIECE / CLUSTER;
    for (int first = 0; first < count; first += perPiece) {
      int clusters = Math.min(perPiece, count - first);
      for (int i = 0; i < clusters; i++) {
        Content.random(
            piece.asSlice((long) i * CLUSTER, CLUSTER), (long) order.stored(first + i) * CLUSTER);
      }
      Content.writeFully(
          file, start + (long) first * CLUSTER, piece.asSlice(0, (long) clusters * CLUSTER));
    }
  }

  /** Returns a raw disk that compresses as programs do. */
  public Path programs() throws IOException {
    return written("programs-" + name + ".raw", file -> Content.writePrograms(file, size));
  }

  /**
   * Returns {@link #programs()} as a compressed qcow2 image.
   *
   * @param type {@code zlib} or {@code zstd}
   */
  public Path compressed(String type) throws IOException {
    Path raw = programs();
    return converted(
        type + "-" + name + ".qcow2",
        raw,
        file -> {
          try (FileChannel source = FileChannel.open(raw, StandardOpenOption.READ)) {
            CompressedClusters.write(file, source, type.equals("zstd"));
          }
        },
        "-c",
        "-o",
        "compression_type=" + type);
  }

  /** Returns a small image with nothing allocated. */
  public static Path small(String size) throws IOException {
    long bytes = Sizes.parsePowerOfTwo(size);
    return written("empty-" + size + ".qcow2", file -> Qcow2Writer.writeEmpty(file, bytes));
  }

  /** Returns an image of 16 TiB with nothing allocated. */
  public static Path empty16t() throws IOException {
    return written("empty-16t.qcow2", file -> Qcow2Writer.writeEmpty(file, HUGE));
  }

  /**
   * Returns an image of 16 TiB whose 2 GiB of L2 tables are all filled in, every other cluster
   * preallocated and the others known to be zeroes: with all of them preallocated, its file would
   * be larger than ext4 allows.
   */
  public static Path metadata16t() throws IOException {
    return written("metadata-16t.qcow2", BenchmarkImages::writeMetadata);
  }

  private static void writeMetadata(FileChannel file) throws IOException {
    Qcow2Writer writer = Qcow2Writer.of(file, HUGE);
    writer.finish(
        writer.dataStart() + HUGE / 2,
        0,
        n ->
            (n & 1) != 0
                ? Qcow2Writer.ZERO
                : Qcow2Writer.COPIED | writer.dataStart() + n / 2 * CLUSTER,
        n -> 1);
  }

  // Creation

  /** Makes a file. */
  @FunctionalInterface
  private interface Maker {
    void make(Path path) throws IOException;
  }

  /** Writes a file. */
  @FunctionalInterface
  private interface Writer {
    void write(FileChannel file) throws IOException;
  }

  private static Path written(String name, Writer writer) throws IOException {
    return made(name, path -> write(path, writer));
  }

  private static void write(Path path, Writer writer) throws IOException {
    try (FileChannel file =
        FileChannel.open(
            path,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      writer.write(file);
    }
  }

  /** Returns an image as users have it: converted by qemu-img, if that is installed. */
  private static Path converted(String name, Path raw, Writer otherwise, String... options)
      throws IOException {
    return made(
        name,
        path -> {
          if (!QemuImg.convert(raw, path, options)) {
            write(path, otherwise);
          }
        });
  }

  /** Returns where the images are. */
  static Path directory() {
    String given =
        System.getProperty("diskformat.benchmarks.dir", System.getenv("DISKFORMAT_BENCHMARKS_DIR"));
    if (given != null) {
      return Path.of(given);
    }
    try {
      return Path.of(
              BenchmarkImages.class.getProtectionDomain().getCodeSource().getLocation().toURI())
          .resolveSibling("images");
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Path made(String name, Maker maker) throws IOException {
    Path path = directory().resolve(name);
    if (!Files.exists(path)) {
      System.out.println("# making " + path);
      Files.createDirectories(path.getParent());
      Path unfinished = path.resolveSibling(name + ".new");
      maker.make(unfinished);
      try (FileChannel file = FileChannel.open(unfinished, StandardOpenOption.WRITE)) {
        file.force(true);
      }
      // The size of the pages in which a written file is cached depends on the writer.
      PageCache.drop(unfinished);
      Files.move(unfinished, path, StandardCopyOption.ATOMIC_MOVE);
    }
    return path;
  }
}
