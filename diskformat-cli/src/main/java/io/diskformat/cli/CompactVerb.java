package io.diskformat.cli;

import io.diskformat.DiskImages;
import io.diskformat.ImageMaintenance;
import java.io.IOException;

/** The verb {@code compact}. */
final class CompactVerb extends ImageVerb {
  private final Argument progress = flag("Show progress.", "-p", "--progress");
  private final Argument quiet = flag("Say nothing.", "-q", "--quiet");
  private final Argument file = parameter("FILE", "The image.");

  CompactVerb() {
    super(
        "compact",
        "Makes an image's file smaller in place: zeroes, and what its backing file has as well, are"
            + " no longer stored, and the rest is moved together.");
  }

  @Override
  int run(Terminal terminal) throws IOException {
    ImageName named = image(file);
    try (ImageMaintenance image = DiskImages.maintain(named.file(), writing(named));
        Progress bar = new Progress(terminal, progress.isGiven() && !quiet.isGiven())) {
      image.compact(bar);
    }
    if (!quiet.isGiven()) {
      terminal.line("Image compacted.");
    }
    return 0;
  }
}
