package io.diskformat.cli;

import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.transfer.Comparison;
import java.io.IOException;
import java.nio.file.Path;

/** {@code compare}. */
final class CompareVerb extends ImageVerb {
  /** What qemu-img compares, and so tells the place of a difference by. */
  private static final long SECTOR = 512;

  private final Argument secondFormat = option("FMT", "The second image's format.", "-F");
  private final Argument strict =
      flag("Take disks for different too if size or allocation differs.", "-s");
  private final Argument progress = flag("Show progress.", "-p");
  private final Argument quiet = flag("Say nothing.", "-q");
  private final Argument cache = option("CACHE", CacheMode.DESCRIPTION, "-T");
  private final Argument first = parameter("FILE1", "An image.");
  private final Argument second = parameter("FILE2", "The image to compare it with.");

  CompareVerb() {
    super("compare", "Tells whether two images hold the same disk.");
    footer("Exit status: 0 if they do, 1 if they do not, 2 if it could not be found out.");
  }

  /** As 1 tells of a difference. */
  @Override
  int failureStatus() {
    return 2;
  }

  @Override
  int run(Terminal terminal) throws IOException {
    CacheMode.check(cache.value());
    try (DiskImage a = DiskImages.open(Path.of(first.required()), reading());
        DiskImage b = DiskImages.open(Path.of(second.required()), reading(secondFormat.value()));
        Progress bar = new Progress(terminal, progress.isGiven() && !quiet.isGiven())) {
      Comparison.Result result = Comparison.of(a, b).strict(strict.isGiven()).progress(bar).run();
      if (!quiet.isGiven()) {
        tell(result, Math.min(a.size(), b.size()), terminal);
      }
      return result.isIdentical() ? 0 : 1;
    }
  }

  private static void tell(Comparison.Result result, long commonSize, Terminal terminal)
      throws IOException {
    long offset = result.offset().orElse(commonSize);
    if (result.verdict() != Comparison.Verdict.SIZE_DIFFERS
        && result.sizesDiffer()
        && offset >= commonSize) {
      terminal.line("Warning: Image size mismatch!");
    }
    terminal.line(
        switch (result.verdict()) {
          case IDENTICAL -> "Images are identical.";
          case CONTENT_DIFFERS -> "Content mismatch at offset " + (offset & -SECTOR) + "!";
          case SIZE_DIFFERS -> "Strict mode: Image size mismatch!";
          case ALLOCATION_DIFFERS -> "Strict mode: Offset " + offset + " block status mismatch!";
        });
  }
}
