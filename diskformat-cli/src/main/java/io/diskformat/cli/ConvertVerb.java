package io.diskformat.cli;

import io.diskformat.BlockDevice;
import io.diskformat.CreateOptions;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.transfer.Conversion;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/** {@code convert}. */
final class ConvertVerb extends ImageVerb {
  private static final String RAW = "raw";
  private static final int MAX_WORKERS = 16;
  private static final int MAX_SPARSE = 16 << 20;
  private static final int SECTOR = 512;

  private final Argument targetFormat =
      option("FMT", "The new image's format; raw if not given.", "-O");
  private final Argument options =
      options("OPTIONS", "Options of that format: NAME=VALUE,...", "-o");
  private final Argument existing = flag("Write into an image that is there already.", "-n");
  private final Argument snapshot = option("SNAPSHOT", "Copy the disk of this snapshot.", "-l");
  private final Argument workers = option("N", "How many threads work, 1 to 16.", "-m");
  private final Argument sparse =
      option(
          "SIZE",
          "Leave out so many zeroes in a row; 0 to leave out nothing. 4k if not given.",
          "-S");
  private final Argument progress = flag("Show progress.", "-p");
  private final Argument quiet = flag("Say nothing.", "-q");
  private final Argument targetCache = option("CACHE", CacheMode.DESCRIPTION, "-t");
  private final Argument sourceCache = option("CACHE", CacheMode.DESCRIPTION, "-T");
  private final Argument file = parameter("FILE", "The image.");
  private final Argument targetFile = parameter("NEW", "The new image.");
  private final Argument more = furtherParameters();

  ConvertVerb() {
    super("convert", "Copies a disk into a new image. A file that is there already is replaced.");
    Argument _ = flag("Accepted and ignored: the order of writes is free anyway.", "-W");
  }

  @Override
  int run(Terminal terminal) throws IOException {
    if (!more.values().isEmpty()) {
      throw new IllegalArgumentException("only one image can be converted at a time");
    }
    CacheMode.check(targetCache.value());
    CacheMode.check(sourceCache.value());
    Path target = Path.of(targetFile.required());
    try (DiskImage image = DiskImages.open(Path.of(file.required()), reading());
        BlockDevice source = Snapshots.device(image, snapshot.value());
        Progress bar = new Progress(terminal, progress.isGiven() && !quiet.isGiven())) {
      Conversion conversion = Conversion.from(source).progress(bar);
      String workerCount = workers.value();
      if (workerCount != null) {
        conversion = conversion.workers(workerCount(workerCount));
      }
      String sparseSize = sparse.value();
      if (sparseSize != null) {
        conversion = conversion.sparse(sparseSize(sparseSize));
      }
      if (existing.isGiven()) {
        writeOver(target, conversion);
      } else {
        conversion.to(target, creating()).run();
      }
    }
    return 0;
  }

  private void writeOver(Path target, Conversion conversion) throws IOException {
    String format = targetFormat.value();
    if (format == null) {
      // As qemu-img, raw if not named; but not so as to destroy what is clearly something else.
      Optional<String> probed = DiskImages.probe(target);
      if (probed.isPresent()) {
        throw new IllegalArgumentException(
            target + ": looks like " + probed.get() + "; name the format to write with -O");
      }
      format = RAW;
    }
    if (!options.values().isEmpty()) {
      throw new IllegalArgumentException("-o is for a new image, -n for one that is there already");
    }
    try (DiskImage image = DiskImages.open(target, writing(format))) {
      conversion.into(image).run();
    }
  }

  private CreateOptions creating() {
    CreateOptions creating = CreateOptions.format(targetFormat.valueOr(RAW)).replaceExisting();
    for (Map.Entry<String, String> option : FormatOptions.parse(options.values()).entrySet()) {
      creating = creating.option(option.getKey(), option.getValue());
    }
    return creating;
  }

  private static int workerCount(String text) {
    // Two digits at most, so that it is a number that parseInt takes.
    int count = text.matches("[0-9]{1,2}") ? Integer.parseInt(text) : 0;
    if (count < 1 || count > MAX_WORKERS) {
      throw new IllegalArgumentException("-m must be from 1 to " + MAX_WORKERS + ", not " + text);
    }
    return count;
  }

  private static int sparseSize(String text) {
    long bytes = Sizes.parse(text, "size of what to leave out");
    if (bytes > MAX_SPARSE || bytes % SECTOR != 0) {
      throw new IllegalArgumentException(
          "-S must be 0 or a multiple of " + SECTOR + " up to " + MAX_SPARSE + ", not " + text);
    }
    return (int) bytes;
  }
}
