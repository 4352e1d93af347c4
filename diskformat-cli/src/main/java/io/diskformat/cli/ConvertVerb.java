package io.diskformat.cli;

import io.diskformat.BlockDevice;
import io.diskformat.CreateOptions;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.transfer.Conversion;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

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
  private final Argument compress = flag("Compress the new image.", "-c");
  private final Argument backing =
      option("BASE", "The new image's backing file: only what differs from it is written.", "-B");
  private final Argument backingFormat = option("BASEFMT", "The backing file's format.", "-F");
  private final Argument existing = flag("Write into an image that is there already.", "-n");
  private final Argument zeroTarget =
      flag("With -n: the image that is there reads as zeroes.", "--target-is-zero");
  private final Argument offload =
      flag("Accepted and ignored: the fastest way is found anyway.", "-C");
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
    footer("Several images may be given, the new one last: their disks become one.");
  }

  @Override
  int run(Terminal terminal) throws IOException {
    CacheMode.check(targetCache.value());
    CacheMode.check(sourceCache.value());
    List<String> files = new ArrayList<>(List.of(file.required(), targetFile.required()));
    files.addAll(more.values());
    Path target = Path.of(files.removeLast());
    Map<String, String> named = FormatOptions.parse(options.values());
    String base = BackingOptions.merge(named, backing.value(), backingFormat.value(), target);
    checkTogether(named, base, files.size());
    try (Sources sources = Sources.open(files, reading());
        BlockDevice source = sources.device(snapshot.value());
        Progress bar = new Progress(terminal, progress.isGiven() && !quiet.isGiven())) {
      Conversion conversion = conversion(source).progress(bar);
      if (existing.isGiven()) {
        writeOver(target, conversion);
      } else {
        conversion.to(target, creating(target, named, base)).run();
      }
    }
    return 0;
  }

  private void checkTogether(Map<String, String> named, @Nullable String base, int sources) {
    require(
        sources == 1 || snapshot.value() == null,
        "-l is for one image; several are copied as they are");
    require(sources == 1 || base == null, "-B is for one image; several have no backing file");
    require(
        !existing.isGiven() || named.isEmpty(),
        "-o, -B and -F are for a new image, -n for one that is there already");
    require(
        existing.isGiven() || !zeroTarget.isGiven(),
        "--target-is-zero needs -n: a new image is zero anyway");
    require(
        !offload.isGiven() || sparse.value() == null,
        "-C copies without looking for zeroes, -S looks for them");
    require(!offload.isGiven() || !compress.isGiven(), "-C and -c exclude each other");
    require(
        !compress.isGiven() || named.getOrDefault("preallocation", "off").equals("off"),
        "-c and preallocation exclude each other");
  }

  private static void require(boolean condition, String problem) {
    if (!condition) {
      throw new IllegalArgumentException(problem);
    }
  }

  private Conversion conversion(BlockDevice source) {
    Conversion conversion = Conversion.from(source);
    String workerCount = workers.value();
    if (workerCount != null) {
      conversion = conversion.workers(workerCount(workerCount));
    }
    String sparseSize = sparse.value();
    if (sparseSize != null) {
      conversion = conversion.sparse(sparseSize(sparseSize));
    }
    if (zeroTarget.isGiven()) {
      conversion = conversion.targetIsZero();
    }
    return compress.isGiven() ? conversion.compress() : conversion;
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
    try (DiskImage image = DiskImages.open(target, writing(format))) {
      require(
          !zeroTarget.isGiven() || image.info().backing().isEmpty(),
          target + ": has a backing file, which --target-is-zero takes no account of");
      conversion.into(image).run();
    }
  }

  private CreateOptions creating(Path target, Map<String, String> named, @Nullable String base)
      throws IOException {
    CreateOptions creating =
        CreateOptions.format(targetFormat.valueOr(RAW)).replaceExisting().references(policy());
    if (base != null) {
      String _ = BackingOptions.format(named, target);
      creating = creating.references(BackingOptions.allowing(target, base, policy()));
    }
    for (Map.Entry<String, String> option : named.entrySet()) {
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
