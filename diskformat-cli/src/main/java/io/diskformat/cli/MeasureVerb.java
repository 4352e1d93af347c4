package io.diskformat.cli;

import io.diskformat.BlockDevice;
import io.diskformat.CreateOptions;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.Measurement;
import io.diskformat.SizeText;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The verb {@code measure}. */
final class MeasureVerb extends ReadingVerb {
  private final Argument targetFormat =
      option("FMT", "The new image's format; raw if not given.", "-O");
  private final Argument options =
      options(
          "OPTIONS", "Options of that format: NAME=VALUE,...; help lists them.", "-o", "--options");
  private final Argument size =
      option("SIZE", "Measure for an empty disk of this size, and no FILE.", "-s", "--size");
  private final Argument snapshot = option("SNAPSHOT", "Measure for this snapshot's disk.", "-l");
  private final Argument output = option("human|json", "How to write it.", "--output");
  private final Argument file = optionalParameter("FILE", "The image to be converted.");

  MeasureVerb() {
    super("measure", "Shows how large the file of a new image would be.");
  }

  @Override
  boolean needsParameters() {
    return !FormatOptions.askForHelp(options.values());
  }

  @Override
  int run(Terminal terminal) throws IOException {
    String format = targetFormat.valueOr("raw");
    if (!needsParameters()) {
      FormatOptions.printHelp(format, true, terminal);
      return 0;
    }
    OutputFormat outputFormat = OutputFormat.of(output.valueOr("human"));
    Map<String, String> named = FormatOptions.parse(options.values());
    FormatOptions.checkSpelling("new image", format, named);
    // As in qemu-img, that is taken and does not count.
    named.remove(FormatOptions.SIZE);
    CreateOptions creating = CreateOptions.format(format);
    for (Map.Entry<String, String> option : named.entrySet()) {
      creating = creating.option(option.getKey(), option.getValue());
    }
    Measurement measured = measure(creating, size.value());
    if (outputFormat == OutputFormat.JSON) {
      new Json(terminal).write(toMap(measured));
      return 0;
    }
    terminal.line("required size: " + measured.required());
    terminal.line("fully allocated size: " + measured.fullyAllocated());
    if (measured.bitmaps().isPresent()) {
      terminal.line("bitmaps size: " + measured.bitmaps().getAsLong());
    }
    return 0;
  }

  private Measurement measure(CreateOptions creating, @Nullable String text) throws IOException {
    String name = file.value();
    if (name == null) {
      if (text == null) {
        throw new IllegalArgumentException("either --size N or one filename must be specified");
      }
      return DiskImages.measure(creating.size(SizeText.parse(text, FormatOptions.SIZE)));
    }
    if (text != null) {
      throw new IllegalArgumentException("--size N cannot be used together with a filename");
    }
    try (DiskImage image = open(image(name, format()));
        BlockDevice source = Snapshots.device(image, snapshot.value())) {
      Measurement measured = DiskImages.measure(source, creating);
      if (snapshot.value() == null) {
        return measured;
      }
      // As in qemu-img, bitmaps are those of the image: a snapshot has none of its own.
      return new Measurement(
          measured.required(),
          measured.fullyAllocated(),
          DiskImages.measure(image, creating).bitmaps());
    }
  }

  private static Map<String, Object> toMap(Measurement measured) {
    Map<String, Object> map = new HashMap<>();
    map.put("required", measured.required());
    map.put("fully-allocated", measured.fullyAllocated());
    measured.bitmaps().ifPresent(bytes -> map.put("bitmaps", bytes));
    return QemuOrder.of(map);
  }
}
