package io.diskformat.cli;

import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import java.io.IOException;
import java.nio.file.Path;

/** {@code compact}. */
final class CompactVerb extends ImageVerb {
  private final Argument progress = flag("Show progress.", "-p");
  private final Argument quiet = flag("Say nothing.", "-q");
  private final Argument file = parameter("FILE", "The image.");

  CompactVerb() {
    super(
        "compact",
        "Makes an image's file smaller in place: zeroes, and what its backing file has as well, are"
            + " no longer stored, and the rest is moved together.");
  }

  @Override
  int run(Terminal terminal) throws IOException {
    try (DiskImage image = DiskImages.open(Path.of(file.required()), maintaining(format()));
        Progress bar = new Progress(terminal, progress.isGiven() && !quiet.isGiven())) {
      image.compact(bar);
    }
    if (!quiet.isGiven()) {
      terminal.line("Image compacted.");
    }
    return 0;
  }
}
