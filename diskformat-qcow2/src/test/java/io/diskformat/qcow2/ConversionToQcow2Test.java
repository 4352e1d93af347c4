package io.diskformat.qcow2;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.CreateOptions;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.Extent;
import io.diskformat.ExtentCursor;
import io.diskformat.OpenOptions;
import io.diskformat.ReferenceDeniedException;
import io.diskformat.ReferencePolicy;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.testing.Oracle;
import io.diskformat.transfer.Conversion;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Conversions into qcow2 images: compressed, over a backing file, and without needless barriers.
 */
final class ConversionToQcow2Test {
  private static final int CLUSTER = 64 << 10;
  private static final int SIZE = 96 * CLUSTER + 1536;

  @TempDir private Path directory;

  /** Text, random bytes, machine code of a kind, zeroes and clusters with little in them. */
  private static byte[] content() {
    Random random = new Random(11);
    byte[] content = new byte[SIZE];
    for (int cluster = 0; cluster * CLUSTER < SIZE; cluster++) {
      int start = cluster * CLUSTER;
      int length = Math.min(CLUSTER, SIZE - start);
      byte[] part = new byte[length];
      switch (cluster % 6) {
        case 0 -> text(random, part);
        case 1 -> random.nextBytes(part);
        case 2 -> records(random, part);
        case 3 -> part[length - 1] = 1;
        case 4 -> {}
        default -> text(random, part);
      }
      System.arraycopy(part, 0, content, start, length);
    }
    return content;
  }

  private static void text(Random random, byte[] part) {
    StringBuilder text = new StringBuilder();
    while (text.length() < part.length) {
      text.append("word").append(random.nextInt(3000)).append(random.nextInt(9) == 0 ? ".\n" : " ");
    }
    System.arraycopy(text.toString().getBytes(StandardCharsets.US_ASCII), 0, part, 0, part.length);
  }

  private static void records(Random random, byte[] part) {
    for (int i = 0; i < part.length; i++) {
      part[i] = (byte) (i % 16 < 9 ? i % 16 : random.nextInt(1 + i % 16 * 4));
    }
  }

  private Path write(String name, byte[] content) throws IOException {
    Path path = directory.resolve(name);
    Files.write(path, content);
    return path;
  }

  private static DiskImage raw(Path path) throws IOException {
    return DiskImages.open(path, OpenOptions.readOnly().format("raw"));
  }

  private void assertHolds(byte[] content, Path image) throws IOException {
    Oracle.qemuImg("check", "-f", "qcow2", image).orFail();
    Path copy = directory.resolve("copy.raw");
    Oracle.qemuImg("convert", "-f", "qcow2", "-O", "raw", image, copy).orFail();
    assertArrayEquals(content, Files.readAllBytes(copy));
    OpenOptions options = OpenOptions.readOnly().references(ReferencePolicy.sameDirectory());
    try (DiskImage ours = DiskImages.open(image, options)) {
      byte[] found = new byte[content.length];
      ours.read(0, found);
      assertArrayEquals(content, found);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "zlib,64k,1,1.0",
    "zlib,64k,4,1.0",
    "zlib,4k,3,1.0",
    "zlib,2M,2,1.0",
    "zstd,64k,1,1.02",
    "zstd,64k,4,1.02",
    "zstd,2M,2,1.02"
  })
  void compresses(String type, String clusterSize, int workers, double limit) throws IOException {
    byte[] content = content();
    Path source = write("source.raw", content);
    Path ours = directory.resolve("ours.qcow2");
    CreateOptions options =
        CreateOptions.format("qcow2")
            .option("compression_type", type)
            .option("cluster_size", clusterSize);
    try (DiskImage image = raw(source)) {
      Conversion.from(image).to(ours, options).compress().workers(workers).run();
    }
    assertHolds(content, ours);
    Path theirs = directory.resolve("theirs.qcow2");
    String theirOptions = "compression_type=" + type + ",cluster_size=" + clusterSize;
    Oracle.qemuImg("convert", "-O", "qcow2", "-c", "-o", theirOptions, "-f", "raw", source, theirs)
        .orFail();
    // A new file's length is a whole number of clusters, of which one is of no matter.
    long one = clusterSize.equals("2M") ? 2 << 20 : CLUSTER;
    long size = Files.size(ours);
    assertTrue(size <= limit * Files.size(theirs) + one, size + " vs " + Files.size(theirs));
    try (DiskImage image = DiskImages.open(ours)) {
      ExtentCursor extents = image.extents();
      boolean compressed = false;
      boolean hole = false;
      for (Extent extent; (extent = extents.next()) != null; ) {
        compressed |= extent.compressed();
        hole |= extent.kind() == Extent.Kind.HOLE;
      }
      assertTrue(compressed);
      // Each sixth 64 KiB are zeroes.
      assertEquals(!clusterSize.equals("2M"), hole);
    }
  }

  /** Returns how many bytes of the disk are in compressed clusters. */
  private static long compressed(Path path) throws IOException {
    long compressed = 0;
    try (DiskImage image = DiskImages.open(path)) {
      ExtentCursor extents = image.extents();
      for (Extent extent; (extent = extents.next()) != null; ) {
        compressed += extent.compressed() ? extent.length() : 0;
      }
    }
    return compressed;
  }

  /** Streams refer back as far as 32 KiB, where QEMU's own refer back 4 KiB. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "512", "1k", "2k", "4k", "8k", "16k", "32k", "64k", "128k", "256k", "512k", "1M", "2M"
      })
  void qemuReadsZlibStreamsOfEveryClusterSize(String clusterSize) throws IOException {
    byte[] content = new byte[6 << 20];
    new Random(3).nextBytes(content);
    // Programs, as they lie on disks, and behind them what nothing compresses.
    try (InputStream modules =
        Files.newInputStream(Path.of(System.getProperty("java.home"), "lib", "modules"))) {
      modules.skipNBytes(20 << 20);
      assertEquals(4 << 20, modules.readNBytes(content, 0, 4 << 20));
    }
    // A word that comes again from as far away as can be.
    for (int at = 0; at < 1 << 20; at += 32 << 10) {
      content[at] = 'x';
      System.arraycopy(content, 1, content, at + 1, 257);
    }
    Path source = write("source.raw", content);
    Path ours = directory.resolve("ours.qcow2");
    CreateOptions options = CreateOptions.format("qcow2").option("cluster_size", clusterSize);
    try (DiskImage image = raw(source)) {
      Conversion.from(image).to(ours, options).compress().workers(2).run();
    }
    assertHolds(content, ours);
    assertTrue(compressed(ours) > 0);
  }

  @Test
  void packsStreamsTightly() throws IOException {
    // Each cluster becomes a stream of some hundred bytes, so that hundreds share a host cluster.
    byte[] content = new byte[512 * CLUSTER];
    for (int i = 0; i < content.length; i += CLUSTER) {
      new Random(i).nextBytes(new byte[1]);
      Arrays.fill(content, i, i + CLUSTER, (byte) (1 + i / CLUSTER % 250));
    }
    Path ours = directory.resolve("ours.qcow2");
    try (DiskImage image = raw(write("source.raw", content))) {
      Conversion.from(image).to(ours, CreateOptions.format("qcow2")).compress().run();
    }
    assertHolds(content, ours);
    assertTrue(Files.size(ours) <= 7L * CLUSTER, "size " + Files.size(ours));
  }

  @Test
  void compressesIntoWhatIsThere() throws IOException {
    byte[] content = content();
    Path target = directory.resolve("target.qcow2");
    DiskImages.create(target, CreateOptions.format("qcow2").size(SIZE));
    OpenOptions writable = OpenOptions.writable().format("qcow2");
    try (DiskImage source = raw(write("source.raw", content));
        DiskImage image = DiskImages.open(target, writable)) {
      byte[] noise = new byte[SIZE];
      new Random(3).nextBytes(noise);
      image.write(0, noise);
      Conversion.from(source).into(image).compress().run();
    }
    assertHolds(content, target);
  }

  @Test
  void takesTheTargetToBeZero() throws IOException {
    Path target = directory.resolve("target.qcow2");
    DiskImages.create(target, CreateOptions.format("qcow2").size(4 * CLUSTER));
    byte[] content = new byte[4 * CLUSTER];
    content[CLUSTER] = 1;
    OpenOptions writable = OpenOptions.writable().format("qcow2");
    try (DiskImage source = raw(write("source.raw", content));
        DiskImage image = DiskImages.open(target, writable)) {
      image.write(0, new byte[] {5});
      Conversion.from(source).into(image).targetIsZero().run();
      byte[] found = new byte[content.length];
      image.read(0, found);
      content[0] = 5;
      assertArrayEquals(content, found);
    }
  }

  @Test
  void refusesToCompressWhatCannotBe() throws IOException {
    Path target = directory.resolve("target");
    try (DiskImage source = raw(write("source.raw", new byte[CLUSTER]))) {
      Conversion toRaw = Conversion.from(source).to(target, CreateOptions.format("raw")).compress();
      assertThrows(UnsupportedFeatureException.class, toRaw::run);
    }
    assertFalse(Files.exists(target));
  }

  private Path overBase(byte[] base, byte[] content, boolean compress, String... option)
      throws IOException {
    Path target = directory.resolve("overlay.qcow2");
    write("base.raw", base);
    CreateOptions options =
        CreateOptions.format("qcow2")
            .option("backing_file", "base.raw")
            .option("backing_fmt", "raw")
            .references(ReferencePolicy.sameDirectory());
    for (int i = 0; i < option.length; i += 2) {
      options = options.option(option[i], option[i + 1]);
    }
    try (DiskImage source = raw(write("source.raw", content))) {
      Conversion conversion = Conversion.from(source).to(target, options);
      (compress ? conversion.compress() : conversion).run();
    }
    return target;
  }

  @ParameterizedTest
  @CsvSource({
    "1.1,false,0",
    "1.1,true,0",
    "0.10,false,0",
    "1.1,false,-70000",
    "1.1,true,70000",
    "0.10,true,-70000"
  })
  void writesOnlyWhatDiffersFromTheBackingFile(String compat, boolean compress, int longer)
      throws IOException {
    byte[] content = content();
    byte[] base = Arrays.copyOf(content, content.length + longer);
    // The first differs, the second is zero in the base alone, the third is so in the source alone.
    base[100]++;
    Arrays.fill(base, CLUSTER, 2 * CLUSTER, (byte) 0);
    Arrays.fill(content, 2 * CLUSTER, 3 * CLUSTER, (byte) 0);
    Path overlay = overBase(base, content, compress, "compat", compat);
    assertHolds(content, overlay);
    try (DiskImage image =
        DiskImages.open(
            overlay, OpenOptions.readOnly().references(ReferencePolicy.sameDirectory()))) {
      assertEquals("base.raw", image.info().backing().orElseThrow().name());
      ExtentCursor extents = image.extents();
      long here = 0;
      for (Extent extent; (extent = extents.next()) != null; ) {
        here += extent.depth() == 0 && extent.isPresent() ? extent.length() : 0;
      }
      // With a shorter base, two more: the one where it ends, and the last, which is one of text.
      assertTrue(here >= 3 * CLUSTER && here <= 5 * CLUSTER, "in the overlay itself: " + here);
    }
  }

  @Test
  void opensNoBackingFileThatIsNotAllowed() throws IOException {
    write("base.raw", new byte[CLUSTER]);
    Path target = directory.resolve("overlay.qcow2");
    CreateOptions options =
        CreateOptions.format("qcow2")
            .option("backing_file", "base.raw")
            .option("backing_fmt", "raw");
    try (DiskImage source = raw(write("source.raw", new byte[CLUSTER]))) {
      Conversion conversion = Conversion.from(source).to(target, options);
      assertThrows(ReferenceDeniedException.class, conversion::run);
    }
    try (Stream<Path> files = Files.list(directory)) {
      assertEquals(2, files.count());
    }
    // It is only recorded by a creation without content.
    DiskImages.create(target, options.size(CLUSTER));
    assertTrue(Files.exists(target));
  }

  /** The Java runtime itself reports each. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aNewImageCostsTwoBarriers(boolean compress) throws IOException {
    Path events = directory.resolve("events.jfr");
    try (DiskImage source = raw(write("source.raw", content()));
        Recording recording = new Recording()) {
      recording.enable("jdk.FileForce").withoutThreshold();
      recording.start();
      Conversion conversion =
          Conversion.from(source)
              .to(directory.resolve("target.qcow2"), CreateOptions.format("qcow2"));
      (compress ? conversion.compress() : conversion).run();
      recording.stop();
      recording.dump(events);
    }
    long barriers =
        RecordingFile.readAllEvents(events).stream()
            .filter(event -> event.getEventType().getName().equals("jdk.FileForce"))
            .count();
    // The file, and the directory that names it.
    assertEquals(2, barriers);
  }
}
