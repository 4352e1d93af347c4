package io.diskformat.cli;

import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.SizeText;
import java.io.IOException;
import java.util.List;
import java.util.Locale;

/** The verb {@code bench}. */
final class BenchVerb extends ReadingVerb {
  private static final List<String> ENGINES = List.of("threads", "native", "io_uring");

  private final Argument count = option("N", "How many requests; 75000 if not given.", "-c");
  private final Argument depth =
      option("N", "How many at once, at most one a processor; 64 if not given.", "-d");
  private final Argument flushInterval = option("N", "Flush after N writes.", "--flush-interval");
  private final Argument engine = option("AIO", "Accepted and ignored.", "-i");
  private final Argument noDrain =
      flag("Flush without waiting for the writes that are under way.", "--no-drain");
  private final Argument offset = option("OFFSET", "Where on the disk the first is; 0.", "-o");
  private final Argument pattern = option("BYTE", "What is written; 0.", "--pattern");
  private final Argument size = option("SIZE", "How long each is; 4096 if not given.", "-s");
  private final Argument step =
      option("STEP", "How far each is from the one before; SIZE if not given.", "-S");
  private final Argument cache = option("CACHE", CacheMode.DESCRIPTION, "-t");
  private final Argument write = flag("Write instead of reading.", "-w");
  private final Argument file = parameter("FILE", "The image.");

  BenchVerb() {
    super("bench", "Measures how long many reads, or writes, of a disk take.");
    Argument _ = flag("Accepted and ignored.", "-n");
    Argument _ = flag("Accepted and ignored.", "-q", "--quiet");
  }

  @Override
  int run(Terminal terminal) throws IOException {
    CacheMode.check(cache.value());
    if (!ENGINES.contains(engine.valueOr("threads"))) {
      throw new IllegalArgumentException(
          "-i must be " + String.join(", ", ENGINES) + ", not " + engine.value());
    }
    if (write.isGiven()) {
      refuseSharing("-w");
    }
    Bench bench = bench();
    ImageName named = image(file);
    try (DiskImage image =
        DiskImages.open(named.file(), write.isGiven() ? writing(named) : reading(named))) {
      terminal.line(bench.description());
      if (flushInterval.value() != null) {
        terminal.line("Sending flush every " + bench.flushInterval() + " requests");
      }
      terminal.flush();
      long nanos = BenchRun.nanos(bench, image);
      terminal.line(String.format(Locale.ROOT, "Run completed in %3.3f seconds.", nanos / 1e9));
    }
    return 0;
  }

  private Bench bench() {
    int length = number(size, "-s", 4096, 0);
    int distance = number(step, "-S", 0, 0);
    int parallel = number(depth, "-d", 64, 1);
    int interval = number(flushInterval, "--flush-interval", 0, 0);
    if (interval > 0 && !write.isGiven()) {
      throw new IllegalArgumentException("--flush-interval is for writes, which -w asks for");
    }
    if (interval > 0 && interval < parallel) {
      throw new IllegalArgumentException("--flush-interval cannot be less than -d");
    }
    int fill = number(pattern, "--pattern", 0, 0);
    if (fill > 0xff) {
      throw new IllegalArgumentException("--pattern must be a byte, not " + fill);
    }
    return new Bench(
        write.isGiven(),
        number(count, "-c", 75_000, 0),
        parallel,
        SizeText.parse(offset.valueOr("0"), "-o"),
        length,
        distance == 0 ? length : distance,
        interval,
        !noDrain.isGiven(),
        (byte) fill);
  }

  private static int number(Argument argument, String name, int otherwise, int least) {
    String text = argument.value();
    long number = text == null ? otherwise : SizeText.parse(text, name);
    if (number < least || number > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          name + " must be from " + least + " to " + Integer.MAX_VALUE + ", not " + text);
    }
    return (int) number;
  }
}
