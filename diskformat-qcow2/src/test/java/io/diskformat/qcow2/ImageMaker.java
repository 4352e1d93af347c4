package io.diskformat.qcow2;

import io.diskformat.CreateOptions;
import io.diskformat.DiskImages;
import io.diskformat.ReferencePolicy;
import io.diskformat.qcow2.ImageSpec.Backing;
import io.diskformat.qcow2.ImageSpec.Compression;
import io.diskformat.qcow2.ImageSpec.DataFile;
import io.diskformat.qcow2.ImageSpec.Encrypted;
import io.diskformat.qcow2.ImageSpec.Preallocation;
import io.diskformat.qcow2.ImageSpec.Snapshots;
import io.diskformat.qcow2.ImageSpec.Zeroes;
import io.diskformat.testing.Oracle;
import io.diskformat.testing.QemuIo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Has qemu-img and qemu-io write images to a spec, with content that a seed decides. */
final class ImageMaker {
  private static final long SECTOR = 512;
  private static final long LEAST = 200 << 10;
  private static final long MOST = 14 << 20;

  /** Each of them needs a file of its own. */
  private static final int MOST_COMPRESSED_ONE_BY_ONE = 64;

  /**
   * Whether qemu-img makes the headers of LUKS, too, for each of which it measures the processor
   * for seconds.
   */
  static final boolean LUKS_BY_QEMU = Boolean.getBoolean("diskformat.matrix.luksByQemu");

  private final Path directory;
  private final Random random;
  private final SourceFiles sourceFiles;
  private final boolean exactly;
  private int made;

  ImageMaker(Path directory, Random random) {
    this(directory, random, false);
  }

  private ImageMaker(Path directory, Random random, boolean exactly) {
    this.directory = directory;
    this.random = random;
    this.sourceFiles = new SourceFiles(random);
    this.exactly = exactly;
  }

  /**
   * Returns one whose images are the same to the byte for the same seed. The tools compress several
   * clusters of a request at once, and store first what is done first; so each is a request of its
   * own here. They also record when a snapshot was taken; here, it always was at the same time.
   */
  static ImageMaker exactly(Path directory, Random random) {
    return new ImageMaker(directory, random, true);
  }

  /** Makes an image and whatever is below it. */
  MadeImage make(ImageSpec spec) throws IOException {
    long size = sizeFor(spec);
    return make(spec, size, backing(spec, size));
  }

  private MadeImage make(ImageSpec spec, long size, @Nullable MadeImage backing)
      throws IOException {
    Path path = directory.resolve("image" + made++ + ".qcow2");
    create(spec, path, size, backing);
    if (backing != null && spec.probedBacking()) {
      HeaderPatch.of(path).forgetBackingFormat();
    }
    boolean encrypted = spec.encryption() != Encrypted.NONE;
    MadeImage image = fill(spec, new MadeImage(path, "qcow2", size, encrypted, backing));
    if (exactly) {
      HeaderPatch.of(path).setSnapshotDates();
    }
    return image;
  }

  private Oracle.Result snapshot(MadeImage image, String option, String name) {
    return qemuImg(
        Stream.concat(Stream.of("snapshot", option, name), image.withoutFormat().stream())
            .toArray());
  }

  /** In the images' directory, as names of files in images are relative. */
  private Oracle.Result qemuImg(Object... arguments) {
    return Oracle.of("qemu-img").in(directory).run(arguments);
  }

  // Sizes

  private long sizeFor(ImageSpec spec) {
    long cluster = spec.clusterSize();
    long bytes =
        Math.clamp(cluster * (5 + random.nextInt(12)), LEAST + random.nextInt(1 << 20), MOST);
    return switch (spec.size()) {
      case WHOLE_CLUSTERS -> (bytes + cluster - 1) & -cluster;
      case ODD_SECTORS -> (bytes & -cluster) + oddSectors(cluster);
      case TINY -> SECTOR * (1 + random.nextInt(40));
    };
  }

  /** Returns less than a cluster where that is more than one sector. */
  private long oddSectors(long cluster) {
    return cluster == SECTOR ? SECTOR : SECTOR * (1 + random.nextInt((int) (cluster / SECTOR) - 1));
  }

  // Backing files

  /** Returns what is below an image; any of it may be encrypted only if that one is. */
  private @Nullable MadeImage backing(ImageSpec above, long size) throws IOException {
    boolean encrypt = above.encryption() != Encrypted.NONE;
    return switch (above.backing()) {
      case NONE -> null;
      case RAW -> raw(size);
      case QCOW2 -> bottom(size, encrypt);
      case THREE_DEEP -> chain(3, size, encrypt);
      case SHORTER -> either(shorterThan(size), encrypt);
      case LONGER -> either(size + SECTOR * (1 + random.nextInt(2000)), encrypt);
    };
  }

  private MadeImage chain(int images, long size, boolean encrypt) throws IOException {
    if (images == 1) {
      return either(random.nextBoolean() ? size : shorterThan(size), encrypt);
    }
    MadeImage below = chain(images - 1, size, encrypt);
    return make(specWith(spec -> spec.backing() != Backing.NONE, encrypt), size, below);
  }

  private long shorterThan(long size) {
    return Math.max(SECTOR, (long) (size * random.nextDouble()) & -SECTOR);
  }

  private MadeImage either(long size, boolean encrypt) throws IOException {
    return random.nextBoolean() ? raw(size) : bottom(size, encrypt);
  }

  private MadeImage bottom(long size, boolean encrypt) throws IOException {
    return make(specWith(spec -> spec.backing() == Backing.NONE, encrypt), size, null);
  }

  private ImageSpec specWith(Predicate<ImageSpec> wanted, boolean encrypt) {
    while (true) {
      ImageSpec spec = ImageSpec.any(random);
      if (wanted.test(spec)) {
        return encrypt ? spec.encryptedAnyhow(random) : spec;
      }
    }
  }

  /** Makes a raw image, which need not be a whole number of sectors. */
  private MadeImage raw(long size) throws IOException {
    long bytes = random.nextBoolean() ? size : Math.max(1, size - random.nextInt((int) SECTOR));
    Path path = sourceFiles.sparse(directory.resolve("image" + made++ + ".raw"), bytes);
    return new MadeImage(path, "raw", (bytes + SECTOR - 1) & -SECTOR);
  }

  // Creating

  private void create(ImageSpec spec, Path path, long size, @Nullable MadeImage backing)
      throws IOException {
    List<String> options = options(spec, path);
    if (spec.encryption() == Encrypted.LUKS && !LUKS_BY_QEMU) {
      createEncrypted(options, path, size, backing);
      return;
    }
    List<Object> arguments = new ArrayList<>(List.of("create", "-q", "-f", "qcow2"));
    if (backing != null) {
      // Without looking at it, which would take its passphrase.
      arguments.addAll(List.of("-u", "-b", backing.name(), "-F", backing.format()));
    }
    if (spec.encryption() != Encrypted.NONE) {
      MadeImage image = new MadeImage(path, "qcow2", size);
      arguments.addAll(image.secret());
      options.add("encrypt.key-secret=" + image.secretId());
      options.add("encrypt.format=" + spec.encryption().name().toLowerCase(Locale.ROOT));
      if (spec.encryption() == Encrypted.LUKS) {
        options.add("encrypt.iter-time=10");
      }
    }
    arguments.addAll(List.of("-o", String.join(",", options)));
    arguments.addAll(List.of(path.getFileName(), size));
    qemuImg(arguments.toArray()).orFail();
  }

  /** Has the library make an image, which QEMU's tools then write. */
  private static void createEncrypted(
      List<String> options, Path path, long size, @Nullable MadeImage backing) throws IOException {
    CreateOptions creation =
        CreateOptions.format("qcow2")
            .size(size)
            .references(ReferencePolicy.sameDirectory())
            .secret(MadeImage.SECRETS)
            .option("encrypt.format", "luks")
            .option("encrypt.iter-time", "1");
    for (String option : options) {
      creation = creation.option(option.split("=")[0], option.split("=")[1]);
    }
    if (backing != null) {
      creation =
          creation.option("backing_file", backing.name()).option("backing_fmt", backing.format());
    }
    DiskImages.create(path, creation);
  }

  private static List<String> options(ImageSpec spec, Path path) {
    List<String> options = new ArrayList<>();
    options.add("compat=" + (spec.version() == 2 ? "0.10" : "1.1"));
    options.add("cluster_size=" + spec.clusterSize());
    options.add("refcount_bits=" + spec.refcountBits());
    if (spec.version() > 2) {
      options.add("extended_l2=" + (spec.extendedL2() ? "on" : "off"));
      options.add("lazy_refcounts=" + (spec.lazyRefcounts() ? "on" : "off"));
    }
    if (spec.compression() == Compression.ZSTD) {
      options.add("compression_type=zstd");
    }
    if (spec.dataFile() != DataFile.NONE) {
      options.add("data_file=" + path.getFileName() + ".data");
    }
    if (spec.dataFile() == DataFile.EXTERNAL_RAW) {
      options.add("data_file_raw=on");
    }
    if (spec.preallocation() != Preallocation.OFF) {
      options.add("preallocation=" + spec.preallocation().name().toLowerCase(Locale.ROOT));
    }
    return options;
  }

  // Filling

  private MadeImage fill(ImageSpec spec, MadeImage image) throws IOException {
    boolean allocated = spec.preallocation() != Preallocation.OFF;
    boolean plain = !image.needsPassphrase();
    if (spec.compression() != Compression.NONE && !allocated && plain && random.nextInt(3) == 0) {
      convertInto(spec, image);
    }
    int taken =
        switch (spec.snapshots()) {
          case NONE -> 0;
          case ONE -> 1;
          case SEVERAL -> spec.refcountBits() == 2 ? 2 : 3;
        };
    MadeImage filled = image;
    write(spec, filled);
    for (int i = 1; i <= taken; i++) {
      snapshot(spec, filled, "state " + i + " \u00e4\u4e16");
      if (spec.snapshots() == Snapshots.SEVERAL && spec.version() > 2 && random.nextInt(3) == 0) {
        filled = grow(filled);
      }
      write(spec, filled);
    }
    if (spec.snapshots() == Snapshots.SEVERAL && random.nextBoolean()) {
      // A disk that was resized since is not gone back to.
      Oracle.Result _ = snapshot(filled, random.nextBoolean() ? "-d" : "-a", "2");
      write(spec, filled);
    }
    return filled;
  }

  /** Stores a whole disk compressed. */
  private void convertInto(ImageSpec spec, MadeImage image) throws IOException {
    Path source = sourceFiles.sparse(directory.resolve("source"), image.size());
    if (exactly) {
      QemuIo script = QemuIo.on(image.path(), image.arguments());
      long length = Math.min(image.size(), MOST_COMPRESSED_ONE_BY_ONE * spec.clusterSize());
      List<Path> parts =
          SourceFiles.compressOneByOne(script, source, 0, length, spec.clusterSize());
      script.run().orFail();
      parts.add(source);
      delete(parts);
      return;
    }
    qemuImg("convert", "-n", "-c", "-f", "raw", "-O", image.format(), source, image.path())
        .orFail();
    Files.delete(source);
  }

  private void snapshot(ImageSpec spec, MadeImage image, String name) {
    Oracle.Result result = snapshot(image, "-c", name);
    // Compressed clusters share a host cluster, and narrow refcounts do not count to twice as many.
    if (spec.compression() == Compression.NONE || spec.refcountBits() > 8) {
      orFailUnlessCorrupt(result);
    }
  }

  /**
   * The tool has been seen to notice that it was about to spoil an image, when it overwrote several
   * small compressed clusters: it marks the image, and then writes it no more. All do still read
   * it.
   */
  private static void orFailUnlessCorrupt(Oracle.Result result) {
    if (!result.error().contains("Image is corrupt")) {
      result.orFail();
    }
  }

  /** Grows a disk, or leaves it where the tool does not grow such an image. */
  private MadeImage grow(MadeImage image) {
    long size = image.size() + SECTOR * (1 + random.nextInt(300));
    List<Object> resize = new ArrayList<>(List.of("resize", "-q"));
    resize.addAll(image.arguments());
    resize.add(size);
    return qemuImg(resize.toArray()).exitCode() == 0 ? image.resized(size) : image;
  }

  private void write(ImageSpec spec, MadeImage image) throws IOException {
    QemuIo script = QemuIo.on(image.path(), image.arguments());
    List<Path> sources = new ArrayList<>();
    long cluster = spec.clusterSize();
    long budget = (long) (image.size() * random.nextDouble());
    for (int i = 0; i < 24 && budget > 0; i++) {
      long offset = offset(image, cluster);
      long length = length(image.size() - offset, cluster);
      int kind = random.nextInt(10);
      if (kind < 3 && spec.compression() != Compression.NONE) {
        offset &= -cluster;
        length = Math.min((length + cluster - 1) & -cluster, image.size() - offset);
        sources.add(source(i, length));
        if (exactly) {
          length = Math.min(length, MOST_COMPRESSED_ONE_BY_ONE * cluster);
          sources.addAll(
              SourceFiles.compressOneByOne(script, sources.getLast(), offset, length, cluster));
        } else {
          script.writeCompressed(sources.getLast(), offset, length);
        }
      } else if (kind < 6 && zeroes(spec, script, offset, length)) {
        continue;
      } else if (kind < 8) {
        script.fill(random.nextInt(256), offset, length);
      } else {
        sources.add(source(i, length));
        script.write(sources.getLast(), offset, length);
      }
      budget -= length;
    }
    // Some requests may be refused: a cluster that is stored uncompressed is not compressed later.
    Oracle.Result result = script.run();
    if (result.error().contains("can't open")) {
      orFailUnlessCorrupt(result);
    }
    delete(sources);
  }

  private static void delete(List<Path> sources) throws IOException {
    for (Path source : sources) {
      Files.delete(source);
    }
  }

  private Path source(int number, long length) throws IOException {
    return sourceFiles.data(directory.resolve("source" + number), length);
  }

  private boolean zeroes(ImageSpec spec, QemuIo script, long offset, long length) {
    boolean discard =
        spec.zeroes() == Zeroes.DISCARDED || (spec.zeroes() == Zeroes.BOTH && random.nextBoolean());
    if (spec.zeroes() == Zeroes.NONE) {
      return false;
    }
    if (discard) {
      script.discard(offset, length);
    } else {
      script.zero(offset, length, random.nextBoolean());
    }
    return true;
  }

  /** Mostly near the edge of a cluster or subcluster, sometimes anywhere. */
  private long offset(MadeImage image, long cluster) {
    long anywhere = random.nextLong(image.size());
    long edge =
        switch (random.nextInt(4)) {
          case 0 -> anywhere & -cluster;
          case 1 -> (anywhere & -cluster) + cluster - 1 - random.nextInt(700);
          case 2 -> anywhere & -Math.max(SECTOR, cluster / 32);
          default -> anywhere;
        };
    return Math.clamp(edge, 0, image.size() - 1);
  }

  private long length(long most, long cluster) {
    long length =
        switch (random.nextInt(5)) {
          case 0 -> 1 + random.nextInt(1000);
          case 1 -> SECTOR * (1 + random.nextInt(20));
          case 2 -> cluster;
          case 3 -> cluster / 32 * (1 + random.nextInt(40));
          default -> 1 + random.nextLong(3 * cluster + most / 8);
        };
    return Math.clamp(length, 1, Math.max(1, Math.min(most, 5 << 20)));
  }
}
