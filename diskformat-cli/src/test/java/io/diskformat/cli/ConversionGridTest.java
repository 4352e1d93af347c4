package io.diskformat.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import io.diskformat.CreateOptions;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.ImageInput;
import io.diskformat.OpenOptions;
import io.diskformat.ProgressListener;
import io.diskformat.ReferencePolicy;
import io.diskformat.iso.build.DiscBuilder;
import io.diskformat.iso.build.DiscOptions;
import io.diskformat.iso.build.DiscReport;
import io.diskformat.testing.Oracle;
import io.diskformat.testing.Seeds;
import io.diskformat.transfer.ContentHash;
import io.diskformat.transfer.Conversion;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every format is converted to every other, in its main variants, and shows the same disk. */
final class ConversionGridTest {
  /** A variant of a format. */
  private record Variant(String format, boolean compress, Map<String, String> options) {
    static Variant of(String format, boolean compress, String... options) {
      Map<String, String> map = new LinkedHashMap<>();
      for (String option : options) {
        int equals = option.indexOf('=');
        map.put(option.substring(0, equals), option.substring(equals + 1));
      }
      return new Variant(format, compress, map);
    }

    CreateOptions creation() {
      CreateOptions creation = CreateOptions.format(format);
      for (Map.Entry<String, String> option : options.entrySet()) {
        creation = creation.option(option.getKey(), option.getValue());
      }
      return creation.replaceExisting();
    }

    /** Returns whether QEMU reads what this writes. */
    boolean isKnownToQemu() {
      return !options.containsKey("block_size");
    }
  }

  private static final List<Variant> VARIANTS =
      List.of(
          Variant.of("raw", false),
          Variant.of("qcow2", false),
          Variant.of("qcow2", false, "compat=0.10", "cluster_size=4k"),
          Variant.of("qcow2", false, "extended_l2=on", "cluster_size=128k"),
          Variant.of("qcow2", true),
          Variant.of("qcow2", true, "compression_type=zstd", "cluster_size=2M"),
          Variant.of("vdi", false),
          Variant.of("vdi", false, "static=on"),
          Variant.of("vdi", false, "block_size=8k"),
          Variant.of("vmdk", false),
          Variant.of("vmdk", false, "subformat=monolithicFlat"),
          Variant.of("vmdk", false, "subformat=twoGbMaxExtentSparse"),
          Variant.of("vmdk", false, "subformat=twoGbMaxExtentFlat"),
          Variant.of("vmdk", false, "subformat=streamOptimized"));

  private final long seed = Seeds.of(ConversionGridTest.class, 1);
  private final Random random = new Random(seed);
  @TempDir private Path directory;

  private static DiskImage open(Path file, String format) throws IOException {
    return DiskImages.open(
        file, OpenOptions.readOnly().format(format).references(ReferencePolicy.sameDirectory()));
  }

  private Conversion conversion(DiskImage source, Variant target) {
    Conversion conversion = Conversion.from(source).workers(1 + random.nextInt(3));
    return target.compress() ? conversion.compress() : conversion;
  }

  private Path file(String what, Variant variant, int number) throws IOException {
    Path place = Files.createDirectories(directory.resolve(what + number));
    return place.resolve("disk." + variant.format());
  }

  @Test
  void eachToEach() throws IOException {
    Path disk = directory.resolve("disk.raw");
    StreamedImages.disk(disk, StreamedImages.oddSize(random), random);
    ContentHash.Result hash;
    List<Path> images = new ArrayList<>();
    try (DiskImage source = open(disk, "raw")) {
      hash = ContentHash.sha256().of(source);
      for (int i = 0; i < VARIANTS.size(); i++) {
        images.add(file("source", VARIANTS.get(i), i));
        conversion(source, VARIANTS.get(i)).to(images.get(i), VARIANTS.get(i).creation()).run();
      }
    }
    for (int i = 0; i < VARIANTS.size(); i++) {
      for (int j = 0; j < VARIANTS.size(); j++) {
        Variant from = VARIANTS.get(i);
        Variant to = VARIANTS.get(j);
        Path target = file("target", to, j);
        String what = from + " to " + to + ": " + Seeds.toRepeat(seed);
        try (DiskImage source = open(images.get(i), from.format())) {
          assertEquals(
              hash,
              conversion(source, to).to(target, to.creation()).runAndHash(ContentHash.sha256()),
              what);
        } catch (IOException | RuntimeException e) {
          fail(what, e);
        }
        try (DiskImage made = open(target, to.format())) {
          assertEquals(hash, ContentHash.sha256().of(made), what);
        }
        // Each target once, from one of the sources.
        if (to.isKnownToQemu() && i == (j + (seed & 7)) % VARIANTS.size()) {
          Oracle.qemuImg("compare", "-f", "raw", "-F", to.format(), disk, target).orFail();
        }
      }
    }
  }

  /** What is written to a channel and read from one, without a file in between. */
  @Test
  void throughAPipe() throws IOException {
    Path disk = directory.resolve("disk.raw");
    StreamedImages.disk(disk, StreamedImages.oddSize(random), random);
    try (DiskImage source = open(disk, "raw")) {
      ContentHash.Result hash = ContentHash.sha256().of(source);
      for (Variant variant : VARIANTS) {
        boolean streams =
            !variant.format().equals("vmdk") || variant.options().containsValue("streamOptimized");
        if (!streams) {
          continue;
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        assertEquals(
            hash,
            conversion(source, variant)
                .to(Channels.newChannel(bytes), variant.creation())
                .runAndHash(ContentHash.sha256()));
        try (ImageInput input =
            DiskImages.input(
                Channels.newChannel(new ByteArrayInputStream(bytes.toByteArray())),
                "pipe",
                OpenOptions.readOnly().format(variant.format()))) {
          // Their data comes in the order of the disk, and so goes on to another channel.
          ByteArrayOutputStream raw = new ByteArrayOutputStream();
          if (input.size() >= 0) {
            Conversion.from(input).to(Channels.newChannel(raw), CreateOptions.format("raw")).run();
            assertEquals(
                -1,
                Arrays.mismatch(Files.readAllBytes(disk), raw.toByteArray()),
                variant.toString());
          }
        }
      }
    }
  }

  /** A disc is a disk, too, and all formats hold it. */
  @Test
  void discs() throws IOException {
    Path disc = directory.resolve("disc.iso");
    byte[] content = new byte[300_000];
    random.nextBytes(content);
    Path tree = Files.createDirectory(directory.resolve("tree"));
    Path _ = Files.write(tree.resolve("file.bin"), content);
    DiscReport _ =
        new DiscBuilder(DiscOptions.defaults())
            .addTree("/", tree)
            .write(disc, false, ProgressListener.NONE);
    ContentHash.Result hash;
    try (DiskImage source = open(disc, "iso")) {
      hash = ContentHash.sha256().of(source);
      for (int i = 0; i < VARIANTS.size(); i++) {
        Path target = file("of-disc", VARIANTS.get(i), i);
        conversion(source, VARIANTS.get(i)).to(target, VARIANTS.get(i).creation()).run();
        try (DiskImage made = open(target, VARIANTS.get(i).format())) {
          assertEquals(hash, ContentHash.sha256().of(made), VARIANTS.get(i).toString());
        }
      }
    }
  }
}
