package io.diskformat.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.CreateOptions;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.ImageInput;
import io.diskformat.OpenOptions;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.testing.Oracle;
import io.diskformat.testing.Seeds;
import io.diskformat.transfer.Comparison;
import io.diskformat.transfer.Conversion;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is written to a channel is the disk: to QEMU, to 7-Zip, and to who reads it from there. */
final class StreamOutputTest {
  private static CreateOptions options(String format, String... options) {
    CreateOptions created = CreateOptions.format(format);
    for (String option : options) {
      int equals = option.indexOf('=');
      created = created.option(option.substring(0, equals), option.substring(equals + 1));
    }
    return created;
  }

  private static final List<CreateOptions> PLAIN =
      List.of(
          options("raw"),
          options("vdi"),
          options("vdi", "static=on"),
          options("vdi", "block_size=4k"),
          options("vmdk", "subformat=streamOptimized"),
          options("qcow2"),
          options("qcow2", "compat=0.10"),
          options("qcow2", "cluster_size=512"),
          options("qcow2", "cluster_size=2M"),
          options("qcow2", "refcount_bits=1"),
          options("qcow2", "refcount_bits=64", "cluster_size=4k"),
          options("qcow2", "extended_l2=on", "cluster_size=16k"));

  private static final List<CreateOptions> COMPRESSED =
      List.of(
          options("qcow2"),
          options("qcow2", "compat=0.10", "cluster_size=4k"),
          options("qcow2", "refcount_bits=1", "cluster_size=32k"),
          options("qcow2", "refcount_bits=2", "cluster_size=8k"),
          options("qcow2", "compression_type=zstd"),
          options("qcow2", "cluster_size=2M"),
          options("qcow2", "cluster_size=512"),
          options("qcow2", "extended_l2=on"));

  private final long seed = Seeds.of(StreamOutputTest.class, 1);
  private final Random random = new Random(seed);
  @TempDir private Path directory;

  private static byte[] written(Conversion conversion, CreateOptions options) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    conversion.to(Channels.newChannel(bytes), options).run();
    return bytes.toByteArray();
  }

  private void check(Path disk, Conversion conversion, CreateOptions options, boolean read)
      throws IOException {
    String what = options.format() + " " + options.options() + ": " + Seeds.toRepeat(seed);
    Path image = directory.resolve("image." + options.format());
    Files.write(image, written(conversion.workers(1 + random.nextInt(4)), options));
    // QEMU knows VDI images with blocks of 1 MiB alone.
    boolean known = options.option("block_size").isEmpty();
    if (known) {
      Oracle.Result compared =
          Oracle.qemuImg("compare", "-f", "raw", "-F", options.format(), disk, image);
      assertEquals(0, compared.exitCode(), () -> what + ": " + compared);
    }
    if (known && !options.format().equals("raw")) {
      Oracle.Result checked = Oracle.qemuImg("check", "-f", options.format(), image);
      assertEquals(0, checked.exitCode(), () -> what + ": " + checked);
      assertTrue(!checked.output().contains("leak"), () -> what + ": " + checked);
    }
    if (read) {
      byte[] again = Files.readAllBytes(image);
      OpenOptions opened = OpenOptions.readOnly().format(options.format());
      Path target = directory.resolve("again.raw");
      try (ImageInput input =
          DiskImages.input(Channels.newChannel(new ByteArrayInputStream(again)), "again", opened)) {
        Conversion.from(input).to(target, CreateOptions.format("raw").replaceExisting()).run();
      }
      assertEquals(-1, Files.mismatch(disk, target), what);
    }
  }

  private Path disk() throws IOException {
    Path disk = directory.resolve("disk.raw");
    StreamedImages.disk(disk, StreamedImages.oddSize(random), random);
    return disk;
  }

  @Test
  void everyFormat() throws IOException {
    Path disk = disk();
    try (DiskImage source = DiskImages.open(disk, OpenOptions.readOnly().format("raw"))) {
      for (CreateOptions options : PLAIN) {
        check(disk, Conversion.from(source), options, true);
      }
      check(disk, Conversion.from(source).sparse(0), options("qcow2"), true);
      check(disk, Conversion.from(source).sparse(0), options("vdi"), true);
    }
  }

  @Test
  void compressed() throws IOException {
    Path disk = disk();
    try (DiskImage source = DiskImages.open(disk, OpenOptions.readOnly().format("raw"))) {
      for (CreateOptions options : COMPRESSED) {
        check(disk, Conversion.from(source).compress(), options, true);
      }
    }
  }

  @Test
  void emptyDisks() throws IOException {
    for (int size : new int[] {0, 512, 65536, 1 << 20}) {
      Path disk = Files.write(directory.resolve("empty.raw"), new byte[size]);
      try (DiskImage source = DiskImages.open(disk, OpenOptions.readOnly().format("raw"))) {
        for (CreateOptions options : List.of(options("raw"), options("vdi"), options("qcow2"))) {
          check(disk, Conversion.from(source), options, true);
        }
        check(disk, Conversion.from(source).compress(), options("qcow2"), true);
      }
    }
  }

  @Test
  void sevenZipReadsThem() throws IOException {
    Oracle sevenZip = Oracle.of("7z");
    Path disk = disk();
    try (DiskImage source = DiskImages.open(disk, OpenOptions.readOnly().format("raw"))) {
      for (CreateOptions options :
          List.of(options("vdi"), options("qcow2"), options("vmdk", "subformat=streamOptimized"))) {
        Path image = directory.resolve("image." + options.format());
        Conversion conversion = Conversion.from(source);
        if (options.format().equals("qcow2")) {
          conversion = conversion.compress();
        }
        Files.write(image, written(conversion, options));
        Path out = Files.createDirectory(directory.resolve("7z-" + options.format()));
        sevenZip.run("x", "-y", "-o" + out, image).orFail();
        try (var files = Files.list(out);
            DiskImage extracted =
                DiskImages.open(
                    files.findFirst().orElseThrow(), OpenOptions.readOnly().format("raw"))) {
          assertTrue(Comparison.of(source, extracted).run().isIdentical(), options.format());
        }
      }
    }
  }

  /** What would have to be seekable is refused before anything is written. */
  @Test
  void refused() throws IOException {
    Path disk = disk();
    try (DiskImage source = DiskImages.open(disk, OpenOptions.readOnly().format("raw"))) {
      for (CreateOptions options :
          List.of(
              options("qcow2", "preallocation=full"),
              options("vmdk"),
              options("qcow2", "data_file=x"))) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        Conversion conversion = Conversion.from(source).to(Channels.newChannel(bytes), options);
        assertThrows(UnsupportedFeatureException.class, conversion::run);
        assertEquals(0, bytes.size());
      }
    }
  }
}
