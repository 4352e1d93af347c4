package io.diskformat.cli;

import io.diskformat.BlockDevice;
import io.diskformat.CreateOptions;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.ImageInput;
import io.diskformat.ReferencePolicy;
import io.diskformat.SizeText;
import io.diskformat.device.SalvagedDevice;
import io.diskformat.transfer.BitmapCopy;
import io.diskformat.transfer.Conversion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The verb {@code convert}. */
final class ConvertVerb extends ReadingVerb {
  private static final String RAW = "raw";
  private static final int MAX_WORKERS = 16;
  private static final int MAX_SPARSE = 16 << 20;
  private static final int SECTOR = 512;

  private final Argument targetFormat =
      option("FMT", "The new image's format; raw if not given.", "-O");
  private final Argument options =
      options(
          "OPTIONS", "Options of that format: NAME=VALUE,...; help lists them.", "-o", "--options");
  private final Argument compress = flag("Compress the new image.", "-c");
  private final Argument backing =
      option("BASE", "The new image's backing file: only what differs from it is written.", "-B");
  private final Argument backingFormat = option("BASEFMT", "The backing file's format.", "-F");
  private final Argument existing = flag("Write into an image that is there already.", "-n");
  private final Argument zeroTarget =
      flag("With -n: the image that is there reads as zeroes.", "--target-is-zero");
  private final Argument targetOptions =
      flag("With -n: the image that is there is named by options.", "--target-image-opts");
  private final Argument offload =
      flag(
          "Have the host copy, or share, what both images store as it is, without a search for"
              + " zeroes.",
          "-C");
  private final Argument snapshot = option("SNAPSHOT", "Copy the disk of this snapshot.", "-l");
  private final PartitionOption partition = PartitionOption.of(this);
  private final Argument workers = option("N", "How many threads work, 1 to 16.", "-m");
  private final Argument sparse =
      option(
          "SIZE",
          "Leave out zeroes of SIZE in a row; 0 to leave out nothing. 4k if not given.",
          "-S");
  private final Argument rate =
      option("RATE", "The most bytes of data to be read in a second.", "-r");
  private final Argument hash =
      option(
          "NAME",
          "Print the checksum of the disk, as the verb hash computes it, for example sha256: it is"
              + " hashed as it is read.",
          "--hash");
  private final Argument salvage =
      flag("Take what cannot be read for zeroes, and report it.", "--salvage");
  private final Argument bitmaps = flag("Copy dirty bitmaps, too.", "--bitmaps");
  private final Argument skipBroken =
      flag("With --bitmaps: leave out inconsistent ones.", "--skip-broken-bitmaps");
  private final Argument progress = flag("Show progress.", "-p", "--progress");
  private final Argument quiet = flag("Say nothing.", "-q", "--quiet");
  private final Argument targetCache = option("CACHE", CacheMode.DESCRIPTION, "-t");
  private final Argument sourceCache = option("CACHE", CacheMode.DESCRIPTION, "-T");
  private final Argument file = parameter("FILE", "The image.");
  private final Argument targetFile = parameter("NEW", "The new image.");
  private final Argument more = furtherParameters("FILE", "");

  ConvertVerb() {
    super("convert", "Copies a disk into a new image. A file that is there already is replaced.");
    Argument _ = flag("Accepted and ignored: the order of writes is free anyway.", "-W");
    synopsis("FILE [FILE...] NEW");
    footer(
        "Several images may be given, the new one last: their disks become one. As FILE, - is the"
            + " standard input, and as NEW the standard output: an image that is read or written in"
            + " one pass. raw, qcow2, vdi and vmdk are read so as converters write them, raw with"
            + " -f raw; raw, qcow2, vdi and streamOptimized vmdk are written so.");
  }

  @Override
  boolean needsParameters() {
    return !FormatOptions.askForHelp(options.values());
  }

  @Override
  int run(Terminal terminal) throws IOException {
    if (!needsParameters()) {
      FormatOptions.printHelp(targetFormat.valueOr(RAW), false, terminal);
      return 0;
    }
    CacheMode.check(targetCache.value());
    CacheMode.check(sourceCache.value());
    List<String> files = new ArrayList<>(List.of(file.required(), targetFile.required()));
    files.addAll(more.values());
    Path target = Path.of(files.removeLast());
    Map<String, String> named = FormatOptions.parse(options.values());
    String base = BackingOptions.merge(named, backing.value(), backingFormat.value(), target);
    checkTogether(named, base, files.size());
    ConversionHash checksum = new ConversionHash(hash.value());
    FormatOptions.checkSpelling(target.toString(), targetFormat.valueOr(RAW), named);
    require(
        existing.isGiven() || isStream(target) || !isSpecial(target),
        target + ": is no file that a new image could replace; -n writes onto a block device");
    if (files.contains(StandardStreams.NAME)) {
      require(
          files.size() == 1
              && snapshot.value() == null
              && base == null
              && !partition.isGiven()
              && !bitmaps.isGiven()
              && !salvage.isGiven(),
          "- is read in one pass: alone, and without -l, -B, --partition, --bitmaps and --salvage");
      try (ImageInput source =
              StandardStreams.input(reading(image(StandardStreams.NAME, format())));
          Progress bar = bar(target, terminal)) {
        run(Conversion.from(source).progress(bar), target, named, base, checksum, terminal);
      }
      checksum.print(StandardStreams.NAME, isStream(target), terminal);
      return 0;
    }
    List<ImageName> sourceImages = files.stream().map(name -> image(name, format())).toList();
    try (Sources sources = Sources.open(sourceImages, this::open);
        BlockDevice source = read(partition.of(sources.device(snapshot.value())), terminal);
        Progress bar = bar(target, terminal)) {
      BitmapCopy copied =
          bitmaps.isGiven() ? BitmapCopy.of(sources.first(), skipBroken.isGiven()) : null;
      run(Conversion.from(source).progress(bar), target, named, base, checksum, terminal);
      if (copied != null) {
        copied.to(target, writing(ImageName.of(target.toString(), targetFormat.valueOr(RAW))));
      }
      Missing.report(terminal, source);
    }
    checksum.print(files.getFirst(), isStream(target), terminal);
    return 0;
  }

  private static boolean isStream(Path target) {
    return target.toString().equals(StandardStreams.NAME);
  }

  private Progress bar(Path target, Terminal terminal) {
    boolean shown = progress.isGiven() && !quiet.isGiven();
    return isStream(target)
        ? Progress.besideResult(terminal, shown)
        : new Progress(terminal, shown);
  }

  private void run(
      Conversion source,
      Path target,
      Map<String, String> named,
      @Nullable String base,
      ConversionHash checksum,
      Terminal terminal)
      throws IOException {
    Conversion conversion = withOptions(source);
    if (existing.isGiven()) {
      writeOver(target, conversion, checksum);
    } else if (isStream(target)) {
      checksum.run(conversion.to(StandardStreams.output(terminal), creating(target, named, base)));
    } else {
      checksum.run(conversion.to(target, creating(target, named, base)));
    }
  }

  /**
   * Returns whether a path is a device, or anything else that is neither a file nor a directory.
   */
  private static boolean isSpecial(Path path) {
    try {
      return Files.readAttributes(path, BasicFileAttributes.class).isOther();
    } catch (IOException e) {
      // Writing there fails with the reason.
      return false;
    }
  }

  private void checkTogether(Map<String, String> named, @Nullable String base, int sources) {
    require(
        !named.containsKey(FormatOptions.SIZE),
        "-o size is for create; a new image has the size of what is converted, and resize changes"
            + " it");
    require(
        sources == 1 || snapshot.value() == null,
        "-l is for one image; several are copied as they are");
    require(
        sources == 1 || !hash.isGiven(), "--hash is for one image; of several, hash the new one");
    require(sources == 1 || base == null, "-B is for one image; several have no backing file");
    require(
        !existing.isGiven() || named.isEmpty(),
        "-o, -B and -F are for a new image, -n for one that is there already");
    require(
        existing.isGiven() || !targetOptions.isGiven(),
        "--target-image-opts needs -n: a new image is named by its file, its format by -O");
    require(
        existing.isGiven() || !zeroTarget.isGiven(),
        "--target-is-zero needs -n: a new image is zero anyway");
    require(
        !offload.isGiven() || sparse.value() == null,
        "-C copies without looking for zeroes, -S looks for them");
    require(!offload.isGiven() || !compress.isGiven(), "-C and -c exclude each other");
    require(!offload.isGiven() || !salvage.isGiven(), "-C and --salvage exclude each other");
    require(
        sources == 1 || !bitmaps.isGiven(), "--bitmaps is for one image; several have no bitmaps");
    require(
        !partition.isGiven() || (sources == 1 && !bitmaps.isGiven()),
        "--partition is for one image, and without its bitmaps, which are of the whole disk");
    require(
        !skipBroken.isGiven() || bitmaps.isGiven(),
        "use of --skip-broken-bitmaps requires --bitmaps");
    require(
        !bitmaps.isGiven() || targetFormat.valueOr(RAW).equals("qcow2"),
        "format driver '" + targetFormat.valueOr(RAW) + "' does not support bitmaps");
    require(
        !compress.isGiven() || named.getOrDefault("preallocation", "off").equals("off"),
        "-c and preallocation exclude each other");
  }

  private static void require(boolean condition, String problem) {
    if (!condition) {
      throw new IllegalArgumentException(problem);
    }
  }

  /** Returns the source as it is to be read. */
  private BlockDevice read(BlockDevice source, Terminal terminal) {
    return salvage.isGiven()
        ? new SalvagedDevice(
            source,
            (offset, length, failure) ->
                terminal.error(
                    "warning: error while reading offset "
                        + offset
                        + ": "
                        + Problems.sentence(failure)))
        : source;
  }

  private Conversion withOptions(Conversion source) {
    Conversion conversion = source;
    String workerCount = workers.value();
    if (workerCount != null) {
      conversion = conversion.workers(workerCount(workerCount));
    }
    String sparseSize = sparse.value();
    if (sparseSize != null) {
      conversion = conversion.sparse(sparseSize(sparseSize));
    }
    String limit = rate.value();
    if (limit != null) {
      conversion = conversion.rate(SizeText.parse(limit, "rate limit"));
    }
    if (offload.isGiven()) {
      conversion = conversion.offload();
    }
    if (zeroTarget.isGiven()) {
      conversion = conversion.targetIsZero();
    }
    return compress.isGiven() ? conversion.compress() : conversion;
  }

  private void writeOver(Path target, Conversion conversion, ConversionHash checksum)
      throws IOException {
    if (targetOptions.isGiven()) {
      writeOver(ImageName.ofOptions(target.toString()), conversion, checksum);
      return;
    }
    String format = targetFormat.value();
    if (format == null) {
      // As in qemu-img, raw if not named; but that must not destroy what is clearly something else.
      Optional<String> probed = DiskImages.probe(target);
      if (probed.isPresent()) {
        throw new IllegalArgumentException(
            target + ": looks like " + probed.get() + "; name the format to write with -O");
      }
      format = RAW;
    }
    writeOver(ImageName.of(target.toString(), format), conversion, checksum);
  }

  private void writeOver(ImageName target, Conversion conversion, ConversionHash checksum)
      throws IOException {
    try (DiskImage image = DiskImages.open(target.file(), writing(target))) {
      require(
          !zeroTarget.isGiven() || image.info().backing().isEmpty(),
          target.file() + ": has a backing file, which --target-is-zero takes no account of");
      checksum.run(conversion.into(image));
    }
  }

  private CreateOptions creating(Path target, Map<String, String> named, @Nullable String base)
      throws IOException {
    CreateOptions creating =
        CreateOptions.format(targetFormat.valueOr(RAW))
            .replaceExisting()
            .references(policy())
            .parents(parents());
    if (base != null) {
      String _ = BackingOptions.format(named, target);
      creating =
          creating.references(
              ReferencePolicy.images(BackingOptions.locate(target, base)).or(policy()));
    }
    for (Map.Entry<String, String> option : named.entrySet()) {
      creating = creating.option(option.getKey(), option.getValue());
    }
    return secrets().with(creating, named);
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
    long bytes = SizeText.parse(text, "size of what to leave out");
    if (bytes > MAX_SPARSE || bytes % SECTOR != 0) {
      throw new IllegalArgumentException(
          "-S must be 0 or a multiple of " + SECTOR + " up to " + MAX_SPARSE + ", not " + text);
    }
    return (int) bytes;
  }
}
