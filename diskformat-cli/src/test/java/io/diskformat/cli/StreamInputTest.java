package io.diskformat.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.diskformat.CreateOptions;
import io.diskformat.DiskFormatException;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.ImageInput;
import io.diskformat.OpenOptions;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.cli.StreamedImages.Layout;
import io.diskformat.testing.Oracle;
import io.diskformat.testing.QemuIo;
import io.diskformat.testing.Seeds;
import io.diskformat.transfer.Comparison;
import io.diskformat.transfer.ContentHash;
import io.diskformat.transfer.Conversion;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What qemu-img writes is converted as it comes. */
final class StreamInputTest {
  private static final List<CreateOptions> TARGETS =
      List.of(
          CreateOptions.format("raw"),
          CreateOptions.format("qcow2"),
          CreateOptions.format("qcow2").option("cluster_size", "2M"),
          CreateOptions.format("vdi"),
          CreateOptions.format("vmdk"));

  private static final long SEED = Seeds.of(StreamInputTest.class, 1);

  /** Made once, as that takes most of the time. */
  @TempDir private static Path made;

  private static Path disk;
  private static Map<Layout, byte[]> images;

  private final Random random = new Random(SEED);
  @TempDir private Path directory;

  @BeforeAll
  static void make() throws IOException {
    Random making = new Random(SEED);
    disk = made.resolve("disk.raw");
    StreamedImages.disk(disk, StreamedImages.oddSize(making), making);
    images = StreamedImages.all(disk, made);
  }

  private static ImageInput input(byte[] image, Layout layout, Random random) throws IOException {
    OpenOptions options = OpenOptions.readOnly();
    return DiskImages.input(
        StreamedImages.chunks(image, StreamedImages.limit(random), random),
        "stream of " + layout,
        layout.format().equals("raw") ? options.format("raw") : options);
  }

  private void convert(byte[] image, Layout layout, Path target, CreateOptions options)
      throws IOException {
    try (ImageInput input = input(image, layout, random)) {
      Conversion conversion = Conversion.from(input).workers(1 + random.nextInt(4));
      boolean compress = options.format().equals("qcow2") && random.nextBoolean();
      (compress ? conversion.compress() : conversion).to(target, options.replaceExisting()).run();
    }
  }

  @Test
  void everyLayoutOfQemuImg() throws IOException {
    Path target = directory.resolve("target");
    for (Layout layout : StreamedImages.LAYOUTS) {
      byte[] image = images.get(layout);
      CreateOptions options = TARGETS.get(random.nextInt(TARGETS.size()));
      String what = layout + " to " + options.format() + ": " + Seeds.toRepeat(SEED);
      try {
        convert(image, layout, target, options);
      } catch (IOException | RuntimeException e) {
        fail(what, e);
      }
      assertIsDisk(target, options, what);
    }
  }

  /** Of a raw stream nobody knows where it ends: within a cluster, for example. */
  @Test
  void aRawStreamThatEndsAnywhereIsCompressed() throws IOException {
    Path target = directory.resolve("target");
    CreateOptions options = CreateOptions.format("qcow2");
    for (int size : new int[] {1, 512, 65_535, 65_536, 65_537, 70_000, 3_000_001}) {
      byte[] image = new byte[size];
      random.nextBytes(image);
      try (ImageInput input =
          DiskImages.input(
              StreamedImages.chunks(image, 50_000, random),
              "raw stream",
              OpenOptions.readOnly().format("raw"))) {
        Conversion.from(input).compress().to(target, options.replaceExisting()).run();
      }
      try (DiskImage made = DiskImages.open(target)) {
        assertEquals((size + 511) & -512, made.size());
        byte[] found = new byte[(int) made.size()];
        made.read(0, found);
        assertArrayEquals(Arrays.copyOf(image, found.length), found);
      }
      Oracle.qemuImg("check", target).orFail();
    }
  }

  private void assertIsDisk(Path target, CreateOptions options, String what) throws IOException {
    try (DiskImage made = DiskImages.open(target, OpenOptions.readOnly().format(options.format()));
        DiskImage original = DiskImages.open(disk, OpenOptions.readOnly().format("raw"))) {
      Comparison.Result result = Comparison.of(original, made).run();
      assertTrue(result.isIdentical(), () -> what + ": " + result);
    }
  }

  /**
   * Wherever a stream ends too early, the conversion fails, and leaves nothing; unless all that is
   * lacking is the rest of a last cluster behind the disk's end, which QEMU puts anywhere.
   */
  @Test
  void cutAnywhere() throws IOException {
    Path targets = Files.createDirectory(directory.resolve("targets"));
    int whole = 0;
    for (Layout layout : StreamedImages.LAYOUTS) {
      if (layout.format().equals("raw")) {
        continue;
      }
      byte[] image = images.get(layout);
      for (int i = 0; i < 3; i++) {
        int cut = random.nextInt(image.length / 10 * 9);
        String what = layout + " cut at " + cut + ": " + Seeds.toRepeat(SEED);
        Path target = targets.resolve("target");
        CreateOptions options = TARGETS.get(random.nextInt(TARGETS.size()));
        try {
          convert(Arrays.copyOf(image, cut), layout, target, options);
          assertIsDisk(target, options, what);
          Files.delete(target);
          whole++;
        } catch (DiskFormatException e) {
          assertTrue(e.getMessage().startsWith("stream of ") || cut == 0, () -> what + ": " + e);
        }
        try (Stream<Path> left = Files.list(targets)) {
          assertEquals(List.of(), left.toList(), what);
        }
      }
    }
    assertTrue(whole <= 3, "nothing is lacking of " + whole + " streams that were cut");
  }

  /** Whatever is wrong in a stream, it is an error of its format, or shows something else. */
  @Test
  void hostileStreams() throws IOException {
    for (Layout layout : StreamedImages.LAYOUTS) {
      byte[] image = images.get(layout);
      for (int i = 0; i < 10; i++) {
        byte[] mutant = image.clone();
        for (int j = random.nextInt(1, 6); j > 0; j--) {
          int at = random.nextInt(Math.min(mutant.length, 1 << random.nextInt(7, 20)));
          mutant[at] = (byte) (random.nextBoolean() ? random.nextInt(256) : -random.nextInt(2));
        }
        String what = layout + ", mutant " + i + ": " + Seeds.toRepeat(SEED);
        try (ImageInput input = input(mutant, layout, random)) {
          drain(input);
        } catch (DiskFormatException e) {
          // As it should be.
        } catch (RuntimeException e) {
          fail(what, e);
        }
      }
    }
  }

  private static void drain(ImageInput input) throws IOException {
    MemorySegment unit = MemorySegment.ofArray(new byte[input.unitSize()]);
    ImageInput.Decoder decoder = input.decoder();
    int count = 0;
    for (long at = input.next(); at >= 0 && count < 300; at = input.next()) {
      decoder.decode(at, input.read(), unit);
      count++;
    }
  }

  /** Data far before the table that names it: nobody can convert that from a stream. */
  @Test
  void needsSeekableInput() throws IOException {
    Path image = directory.resolve("image.qcow2");
    Oracle.qemuImg("create", "-f", "qcow2", image, "64M").orFail();
    QemuIo.on(image, "qcow2").fill(1, 0, 30 << 20).run().orFail();
    Oracle.qemuImg("snapshot", "-c", "s", image).orFail();
    QemuIo.on(image, "qcow2").fill(2, 40 << 20, 1 << 20).run().orFail();
    Layout layout = Layout.of("qcow2");
    Path targets = Files.createDirectory(directory.resolve("targets"));
    UnsupportedFeatureException e =
        assertThrows(
            UnsupportedFeatureException.class,
            () ->
                convert(
                    Files.readAllBytes(image), layout, targets.resolve("x"), TARGETS.getFirst()));
    assertTrue(e.getMessage().contains("seekable input is needed"), e.getMessage());
    try (Stream<Path> left = Files.list(targets)) {
      assertEquals(List.of(), left.toList());
    }
  }

  /** Data that is out of order goes to a file, and not to a channel. */
  @Test
  void outOfOrder() throws IOException {
    Path image = directory.resolve("image.vdi");
    Path raw = directory.resolve("disk.raw");
    Oracle.qemuImg("create", "-f", "vdi", image, "8M").orFail();
    QemuIo.on(image, "vdi").fill(1, 5 << 20, 1 << 20).fill(2, 1 << 20, 1 << 20).run().orFail();
    byte[] bytes = Files.readAllBytes(image);
    convert(bytes, Layout.of("vdi"), raw, CreateOptions.format("raw"));
    Oracle.qemuImg("compare", "-f", "vdi", "-F", "raw", image, raw).orFail();
    try (ImageInput input = input(bytes, Layout.of("vdi"), random)) {
      Conversion conversion =
          Conversion.from(input)
              .to(
                  Channels.newChannel(OutputStream.nullOutputStream()),
                  CreateOptions.format("raw"));
      UnsupportedFeatureException e =
          assertThrows(UnsupportedFeatureException.class, conversion::run);
      assertTrue(e.getMessage().contains("seekable input is needed"), e.getMessage());
    }
  }

  /** What is on a disk already is replaced, zeroes included, by scattered data too. */
  @Test
  void overADisk() throws IOException {
    for (Layout layout : List.of(Layout.of("qcow2", "-c"), Layout.of("vdi", "-W", "-m", "16"))) {
      byte[] image = images.get(layout);
      for (int sparse : new int[] {0, 4096, 3 * 512}) {
        byte[] old = new byte[(int) Files.size(disk)];
        random.nextBytes(old);
        Path target = Files.write(directory.resolve("target.raw"), old);
        try (ImageInput input = input(image, layout, random);
            DiskImage over = DiskImages.open(target, OpenOptions.writable().format("raw"))) {
          Conversion.from(input).sparse(sparse).into(over).run();
        }
        assertEquals(-1, Files.mismatch(disk, target), layout + " sparse " + sparse);
      }
    }
  }

  @Test
  void hashedOnTheWay() throws IOException {
    ContentHash.Result expected;
    try (DiskImage source = DiskImages.open(disk, OpenOptions.readOnly().format("raw"))) {
      expected = ContentHash.sha256().of(source);
    }
    for (Layout layout : StreamedImages.LAYOUTS.subList(0, 4)) {
      byte[] image = images.get(layout);
      try (ImageInput input = input(image, layout, random)) {
        assertEquals(
            expected,
            Conversion.from(input)
                .to(directory.resolve("target"), CreateOptions.format("raw").replaceExisting())
                .runAndHash(ContentHash.sha256()),
            layout.toString());
      }
    }
  }
}
