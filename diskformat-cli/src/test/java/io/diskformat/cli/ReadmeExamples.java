package io.diskformat.cli;

import io.diskformat.BitmapChange;
import io.diskformat.CreateOptions;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.ImageMaintenance;
import io.diskformat.OpenOptions;
import io.diskformat.ProgressListener;
import io.diskformat.ReferencePolicy;
import io.diskformat.Snapshot;
import io.diskformat.inside.Disk;
import io.diskformat.iso.build.DiscBuilder;
import io.diskformat.iso.build.DiscOptions;
import io.diskformat.iso.build.DiscReport;
import io.diskformat.transfer.Comparison;
import io.diskformat.transfer.Conversion;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.lang.reflect.Constructor;
import java.lang.reflect.Method;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.stream.Stream;

/**
 * Runs examples of the documentation in the working directory, which is emptied for each. An
 * example is known by a mark in its text, and gets what it needs: images under the names that it
 * uses, and as {@code path} and {@code otherPath}.
 */
final class ReadmeExamples {
  private static final int MIB = 1 << 20;
  private static final Path PATH = Path.of("path.img");
  private static final Path OTHER = Path.of("other.img");
  private static final InputStream IN = System.in;
  private static final PrintStream OUT = System.out;

  /** Makes what an example needs, or looks at what it did. */
  @FunctionalInterface
  private interface Step {
    void run() throws IOException;
  }

  /**
   * An example.
   *
   * @param mark what its text contains, and no other example's
   * @param before makes what it needs
   * @param after looks at what it did
   */
  private record Example(String mark, Step before, Step after) {}

  private static final Step NOTHING = () -> {};

  private static final List<Example> ALL =
      List.of(
          example("\"upload.qcow2\"", () -> image(Path.of("upload.qcow2"), "qcow2")),
          new Example(
              "ImageInspector.copy",
              () -> {
                image(OTHER, "qcow2");
                System.setIn(new ByteArrayInputStream(Files.readAllBytes(OTHER)));
              },
              () -> require(Files.mismatch(PATH, OTHER) < 0)),
          example("longestChain(1)", () -> image(PATH, "qcow2")),
          example("info.references()", () -> image(PATH, "qcow2")),
          example("ExtentCursor extents", ReadmeExamples::overlay),
          new Example(
              "/install/README",
              () -> disc("install/README"),
              () -> require(Files.size(OTHER) == 5)),
          new Example(
              "/live/filesystem.img",
              () -> disc("live/filesystem.img"),
              () -> require(Files.size(OTHER.resolve("live/filesystem.img")) == 5)),
          new Example(
              "\"INSTALLER\"",
              () -> {
                tree(PATH, "isolinux/isolinux.bin", new byte[64 << 10]);
                tree(PATH, "boot/efi.img", new byte[MIB]);
                Files.write(OTHER, new byte[432]);
              },
              () -> require(DiskImages.probe(Path.of("installer.iso")).equals(Optional.of("iso")))),
          new Example(
              "Remaster.open",
              () -> {
                disc("preseed/old");
                tree(OTHER, "new", new byte[5]);
              },
              () -> require(Files.size(Path.of("new.iso")) > 0)),
          example(
              "OpenOptions.writable().format(\"qcow2\").backing(below)", ReadmeExamples::overlay),
          example("disk.writeZeroes(1 << 20, 1 << 20)", NOTHING),
          example("openSnapshot(\"before-upgrade\")", ReadmeExamples::snapshot),
          example(
              "disk.createSnapshot(\"before-upgrade\")", () -> image(Path.of("vm.qcow2"), "qcow2")),
          new Example(
              "CreateOptions.format(\"raw\").replaceExisting()",
              () -> image(PATH, "qcow2"),
              () -> same(PATH, Path.of("disk.raw"))),
          new Example(
              "the upload\"",
              ReadmeExamples::streams,
              () -> {
                same(PATH, Path.of("disk.qcow2"));
              }),
          new Example(
              "\"compression_type\", \"zstd\"",
              () -> image(PATH, "qcow2"),
              () -> same(PATH, Path.of("disk.qcow2"))),
          new Example(
              "\"difference.qcow2\"",
              () -> {
                image(PATH, "qcow2");
                image(Path.of("base.raw"), "raw");
              },
              () -> same(PATH, Path.of("difference.qcow2"))),
          example("Comparison.of(one, other).run()", ReadmeExamples::two),
          example("Verification.by", () -> image(PATH, "qcow2")),
          example(".differences(", ReadmeExamples::two),
          example("PartitionTables.of", ReadmeExamples::partitioned),
          new Example(
              "PngDrawing.write",
              () -> image(PATH, "qcow2"),
              () -> require(Files.size(Path.of("disk.png")) > 1000)),
          example("report.problems().forEach(System.out::println);\n}", () -> image(PATH, "vdi")),
          example(
              "image.commit(",
              () -> {
                image(OTHER, "vdi");
                DiskImages.create(
                    PATH,
                    CreateOptions.format("vdi")
                        .size(8 * MIB)
                        .option("backing_file", OTHER.toString())
                        .option("backing_fmt", "vdi"));
              }),
          example(
              "Rebase.onto",
              () -> {
                overlay();
                image(Path.of("newer.qcow2"), "qcow2");
              }),
          new Example("\"since-backup\"", ReadmeExamples::bitmap, () -> same(PATH, OTHER)),
          example("DiskImages.measure", () -> image(PATH, "qcow2")),
          example("image.addKey(", NOTHING),
          new Example(
              "LocalImageService.open",
              () -> image(OTHER, "qcow2"),
              () -> require(isStored(PATH, OTHER))),
          new Example(
              "\"/etc/os-release\"",
              () -> GuestImage.write(PATH),
              () -> require(Files.size(OTHER.resolve("hostname")) == 6)),
          new Example(
              "\"/root/.ssh\"", () -> GuestImage.write(PATH), ReadmeExamples::requireTemplate),
          example(
              "TreeComparison.of(old",
              () -> {
                GuestImage.write(PATH);
                GuestImage.write(OTHER);
              }),
          new Example(
              "root.device()",
              () -> GuestImage.write(PATH),
              () -> require(DiskImages.probe(OTHER).equals(Optional.of("qcow2")))),
          example("DeviceChannel.of", () -> image(PATH, "qcow2")));

  private ReadmeExamples() {}

  private static Example example(String mark, Step before) {
    return new Example(mark, before, NOTHING);
  }

  /** Returns what examples are known by. */
  static List<String> marks() {
    return ALL.stream().map(Example::mark).toList();
  }

  /**
   * Runs compiled examples, and prints the class of each that ran.
   *
   * @param args in turn the name of a class, and the mark of its example
   */
  public static void main(String[] args) throws Exception {
    for (int i = 0; i < args.length; i += 2) {
      String mark = args[i + 1];
      Example example =
          ALL.stream().filter(known -> known.mark().equals(mark)).findFirst().orElseThrow();
      empty();
      System.setIn(IN);
      System.setOut(new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8));
      try {
        example.before().run();
        Class<?> type = Class.forName(args[i]);
        Constructor<?> constructor = type.getDeclaredConstructor();
        Method run = type.getDeclaredMethod("run", Path.class, Path.class);
        constructor.setAccessible(true);
        run.setAccessible(true);
        Object _ = run.invoke(constructor.newInstance(), PATH, OTHER);
        example.after().run();
      } catch (Exception e) {
        throw new IllegalStateException("the example with " + mark, e);
      } finally {
        System.setOut(OUT);
      }
      System.out.println(args[i]);
    }
  }

  private static void empty() throws IOException {
    List<Path> files;
    try (Stream<Path> walk = Files.walk(Path.of(""))) {
      files =
          walk.filter(path -> !path.toString().isEmpty())
              .sorted(Comparator.reverseOrder())
              .toList();
    }
    for (Path file : files) {
      Files.delete(file);
    }
  }

  // What examples need

  private static void require(boolean condition) {
    if (!condition) {
      throw new IllegalStateException("it did something else");
    }
  }

  private static void requireTemplate() throws IOException {
    try (DiskImage image = DiskImages.open(PATH);
        FileSystem files = Disk.of(image).mount(GuestImage.ROOT)) {
      require(Files.size(files.getPath(GuestImage.RULES)) == 0);
      require(Files.readString(files.getPath(GuestImage.NETWORK)).contains("ONBOOT=yes\n"));
      require(
          Files.getAttribute(files.getPath("/root/.ssh/authorized_keys"), "unix:mode")
              .equals(0100600));
    }
  }

  /** Returns whether a directory has a copy of a file, under whatever name. */
  private static boolean isStored(Path directory, Path file) throws IOException {
    List<Path> stored;
    try (Stream<Path> walk = Files.walk(directory)) {
      stored = walk.filter(Files::isRegularFile).toList();
    }
    for (Path path : stored) {
      if (Files.mismatch(path, file) < 0) {
        return true;
      }
    }
    return false;
  }

  private static void same(Path one, Path other) throws IOException {
    OpenOptions options = OpenOptions.readOnly().references(ReferencePolicy.sameDirectory());
    try (DiskImage first = DiskImages.open(one, options);
        DiskImage second = DiskImages.open(other, options)) {
      require(Comparison.of(first, second).run().isIdentical());
    }
  }

  private static void image(Path path, String format) throws IOException {
    DiskImages.create(path, CreateOptions.format(format).size(8 * MIB));
    fill(path, format);
  }

  private static void fill(Path path, String format) throws IOException {
    byte[] content = new byte[MIB];
    new Random(1).nextBytes(content);
    try (DiskImage disk = DiskImages.open(path, OpenOptions.writable().format(format))) {
      disk.write(3 * MIB, content);
    }
  }

  private static void two() throws IOException {
    image(PATH, "qcow2");
    image(OTHER, "vdi");
  }

  private static void overlay() throws IOException {
    image(OTHER, "raw");
    DiskImages.create(
        PATH,
        CreateOptions.format("qcow2")
            .size(8 * MIB)
            .option("backing_file", OTHER.toString())
            .option("backing_fmt", "raw")
            .references(ReferencePolicy.sameDirectory()));
  }

  private static void snapshot() throws IOException {
    image(PATH, "qcow2");
    try (DiskImage disk = DiskImages.open(PATH, OpenOptions.writable().format("qcow2"))) {
      Snapshot _ = disk.createSnapshot("before-upgrade");
    }
  }

  private static void bitmap() throws IOException {
    DiskImages.create(PATH, CreateOptions.format("qcow2").size(8 * MIB));
    try (ImageMaintenance image =
        DiskImages.maintain(PATH, OpenOptions.writable().format("qcow2"))) {
      image.change(new BitmapChange.Add("since-backup", OptionalLong.empty(), true));
    }
    fill(PATH, "qcow2");
    DiskImages.create(OTHER, CreateOptions.format("raw").size(8 * MIB));
  }

  private static void streams() throws IOException {
    image(PATH, "qcow2");
    ByteArrayOutputStream stream = new ByteArrayOutputStream();
    try (DiskImage source = DiskImages.open(PATH)) {
      Conversion.from(source)
          .to(
              Channels.newChannel(stream),
              CreateOptions.format("vmdk").option("subformat", "streamOptimized"))
          .run();
    }
    System.setIn(new ByteArrayInputStream(stream.toByteArray()));
  }

  private static void partitioned() throws IOException {
    byte[] disk = new byte[2 * MIB];
    disk[446 + 4] = (byte) 0x83;
    disk[446 + 9] = 8; // sector 2048
    disk[446 + 13] = 4; // 1024 sectors
    disk[510] = 0x55;
    disk[511] = (byte) 0xAA;
    Files.write(PATH, disk);
  }

  private static void tree(Path root, String name, byte[] content) throws IOException {
    Path file = root.resolve(name);
    Path parent = file.getParent();
    if (parent != null) {
      Files.createDirectories(parent);
    }
    Files.write(file, content);
  }

  private static void disc(String name) throws IOException {
    Path root = Path.of("tree");
    tree(root, name, new byte[5]);
    DiscReport _ =
        new DiscBuilder(DiscOptions.defaults())
            .addTree("/", root)
            .write(PATH, false, ProgressListener.NONE);
  }
}
