package io.diskformat.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.diskformat.CreateOptions;
import io.diskformat.DiskFormatException;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.ImageInput;
import io.diskformat.OpenOptions;
import io.diskformat.cli.StreamedImages.Layout;
import io.diskformat.testing.Seeds;
import io.diskformat.transfer.Comparison;
import io.diskformat.transfer.Conversion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
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

  private final long seed = Seeds.of(StreamInputTest.class, 1);
  private final Random random = new Random(seed);
  @TempDir private Path directory;

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

  private Path disk() throws IOException {
    Path disk = directory.resolve("disk.raw");
    StreamedImages.disk(disk, StreamedImages.oddSize(random), random);
    return disk;
  }

  @Test
  void everyLayoutOfQemuImg() throws IOException {
    Path disk = disk();
    Path target = directory.resolve("target");
    for (Layout layout : StreamedImages.LAYOUTS) {
      Path file = StreamedImages.convert(disk, layout, directory.resolve("image"));
      byte[] image = Files.readAllBytes(file);
      CreateOptions options = TARGETS.get(random.nextInt(TARGETS.size()));
      String what = layout + " to " + options.format() + ": " + Seeds.toRepeat(seed);
      try {
        convert(image, layout, target, options);
      } catch (IOException | RuntimeException e) {
        fail(what, e);
      }
      try (DiskImage made =
              DiskImages.open(target, OpenOptions.readOnly().format(options.format()));
          DiskImage original = DiskImages.open(disk, OpenOptions.readOnly().format("raw"))) {
        Comparison.Result result = Comparison.of(original, made).run();
        assertTrue(result.isIdentical(), () -> what + ": " + result);
      }
    }
  }

  /** Wherever a stream ends too early, the conversion fails, and leaves nothing. */
  @Test
  void cutAnywhere() throws IOException {
    Path disk = disk();
    Path targets = Files.createDirectory(directory.resolve("targets"));
    for (Layout layout : StreamedImages.LAYOUTS) {
      if (layout.format().equals("raw")) {
        continue;
      }
      Path file = StreamedImages.convert(disk, layout, directory.resolve("image"));
      byte[] image = Files.readAllBytes(file);
      for (int i = 0; i < 10; i++) {
        int cut = random.nextInt(image.length / 10 * 9);
        String what = layout + " cut at " + cut + ": " + Seeds.toRepeat(seed);
        try {
          convert(
              Arrays.copyOf(image, cut),
              layout,
              targets.resolve("target"),
              TARGETS.get(random.nextInt(TARGETS.size())));
          fail(what);
        } catch (DiskFormatException e) {
          assertTrue(e.getMessage().startsWith("stream of ") || cut == 0, () -> what + ": " + e);
        }
        try (Stream<Path> left = Files.list(targets)) {
          assertEquals(List.of(), left.toList(), what);
        }
      }
    }
  }
}
