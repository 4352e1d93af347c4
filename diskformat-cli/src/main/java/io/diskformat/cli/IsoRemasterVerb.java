package io.diskformat.cli;

import io.diskformat.iso.build.DiscBuilder;
import io.diskformat.iso.build.DiscOptions;
import io.diskformat.iso.build.DiscReport;
import io.diskformat.iso.build.Remaster;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** {@code iso remaster}. */
final class IsoRemasterVerb extends Verb {
  private final Argument output =
      option(
          "FILE",
          "The new image. A file that is there already is replaced, though not IMAGE itself.",
          "-o",
          "--output");
  private final Argument maps =
      options(
              "SOURCE PATH",
              "Put a file, or the content of a directory, on the disc in place of what is there.",
              "-map")
          .taking(2);
  private final Argument removals =
      options("PATH", "Leave out a file, or a directory with all that is in it.", "-rm");
  private final IsoNaming naming = new IsoNaming(this);
  private final IsoBooting booting = new IsoBooting(this);
  private final Argument progress = flag("Show progress.", "-p", "--progress");
  private final Argument quiet = flag("Say nothing.", "-q", "--quiet");
  private final Argument image = parameter("IMAGE", "The image to begin with.");

  IsoRemasterVerb() {
    super(
        "iso remaster",
        "Makes a new ISO image out of another one, with other files; it boots as the other one"
            + " does.");
    footer(
        "What is booted is taken over, and leads to where it is in the new image. -b and -e add"
            + " ways to boot.");
  }

  @Override
  int run(Terminal terminal) throws IOException {
    if (!output.isGiven()) {
      throw new IllegalArgumentException("iso remaster needs -o FILE; " + whereHelpIs());
    }
    Path before = Path.of(image.required());
    Path after = Path.of(output.required());
    if (Files.exists(after) && Files.isSameFile(before, after)) {
      throw new IllegalArgumentException(
          after + ": is read while the new image is written, so that cannot be the same file");
    }
    try (Remaster old = Remaster.open(before)) {
      DiscOptions options = old.options();
      DiscBuilder disc = old.builder(options.identifiers(naming.over(options.identifiers())));
      removals.values().forEach(disc::remove);
      List<String> mapped = maps.values();
      for (int i = 0; i < mapped.size(); i += 2) {
        disc.addTree(mapped.get(i + 1), Path.of(mapped.get(i)));
      }
      booting.apply(disc);
      DiscReport report;
      try (Progress bar = new Progress(terminal, progress.isGiven() && !quiet.isGiven())) {
        report = disc.write(after, true, bar);
      }
      if (!quiet.isGiven()) {
        for (String lost : old.lost()) {
          terminal.line(Terminal.printable("Left out: " + lost + "."));
        }
        IsoReport.print(terminal, report);
      }
    }
    return 0;
  }
}
