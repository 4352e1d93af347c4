package io.diskformat.cli;

import io.diskformat.iso.build.CloudInitSeed;
import io.diskformat.iso.build.DiscBuilder;
import io.diskformat.iso.build.DiscOptions;
import io.diskformat.iso.build.DiscReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** {@code iso create}. */
final class IsoCreateVerb extends Verb {
  private final Argument output =
      option("FILE", "The image. A file that is there already is replaced.", "-o", "--output");
  private final IsoNaming naming = new IsoNaming(this);
  private final Argument level =
      option(
          "1|2|3|4",
          "1: names of 8 letters and 3. 2: names of 31. 3, which is the default: files of 4 GiB and"
              + " more as well. 4: a tree with names of 207 bytes besides.",
          "-iso-level");
  private final Argument joliet = flag("Make a tree for Windows, too.", "-J", "-joliet");
  private final Argument jolietLong =
      flag("Let it have names of 103 letters, and not of 64.", "-joliet-long");
  private final Argument rockRidge =
      flag(
          "Record whole names, owners, modes and links for POSIX systems, which is the default.",
          "-R",
          "-rock");
  private final Argument rational =
      flag(
          "The same, and files belong to user 0, all can read them, and nobody can write them.",
          "-r",
          "-rational-rock");
  private final Argument noRockRidge = flag("Record nothing of that.", "--norock");
  private final Argument relocate =
      flag(
          "Keep directories below the eighth level elsewhere, as ISO 9660 wants it.", "--relocate");
  private final Argument compress =
      flag("Compress files by zisofs.", "-z", "-transparent-compression");
  private final Argument noPadding = flag("Leave out 300 KiB of zeroes at the end.", "-no-pad");
  private final Argument md5 = flag("Implant an MD5 sum for checkisomd5.", "--implant-md5");
  private final Argument cidata =
      flag(
          "Make a seed for cloud-init: the parameters are the user-data, the meta-data and, if"
              + " wanted, the network-config.",
          "--cidata");
  private final IsoBooting booting = new IsoBooting(this);
  private final Argument grafts =
      flag("Parameters may be PATH=SOURCE, PATH being one on the disc.", "-graft-points");
  private final Argument progress = flag("Show progress.", "-p", "--progress");
  private final Argument quiet = flag("Say nothing.", "-q", "--quiet", "-quiet");
  private final Argument sources =
      furtherParameters("SOURCE", "A directory whose content goes on the disc, or a file.");

  IsoCreateVerb() {
    super("iso create", "Makes an ISO image of files.");
    footer(
        "Options are named as mkisofs and xorriso name them. The same files make the same image;"
            + " SOURCE_DATE_EPOCH in the environment is the date of the disc, and no file's date is"
            + " later.");
  }

  @Override
  int run(Terminal terminal) throws IOException {
    if (!output.isGiven()) {
      throw new IllegalArgumentException("iso create needs -o FILE; " + whereHelpIs());
    }
    if (sources.values().isEmpty()) {
      throw new IllegalArgumentException("iso create needs a SOURCE; " + whereHelpIs());
    }
    DiscBuilder disc = cidata.isGiven() ? seed(sources.values()) : disc();
    booting.apply(disc);
    DiscReport report;
    try (Progress bar = new Progress(terminal, progress.isGiven() && !quiet.isGiven())) {
      report = disc.write(Path.of(output.required()), true, bar);
    }
    if (!quiet.isGiven()) {
      IsoReport.print(terminal, report);
    }
    return 0;
  }

  private DiscBuilder seed(List<String> files) throws IOException {
    if (files.size() < 2 || files.size() > 3) {
      throw new IllegalArgumentException(
          "--cidata takes two or three files: user-data, meta-data, network-config");
    }
    return CloudInitSeed.of(
        Files.readAllBytes(Path.of(files.get(0))),
        Files.readAllBytes(Path.of(files.get(1))),
        files.size() < 3
            ? Optional.empty()
            : Optional.of(Files.readAllBytes(Path.of(files.get(2)))));
  }

  private DiscBuilder disc() throws IOException {
    DiscBuilder disc = new DiscBuilder(discOptions());
    for (String source : sources.values()) {
      int equals = grafts.isGiven() ? source.indexOf('=') : -1;
      Path file = Path.of(source.substring(equals + 1));
      Path name = file.getFileName();
      String at =
          equals >= 0
              ? source.substring(0, equals)
              : Files.isDirectory(file) || name == null ? "/" : name.toString();
      disc.addTree(at, file);
    }
    return disc;
  }

  private DiscOptions discOptions() {
    DiscOptions options = DiscOptions.defaults();
    if (noRockRidge.isGiven() && (rockRidge.isGiven() || rational.isGiven())) {
      throw new IllegalArgumentException("-R and --norock exclude each other");
    }
    DiscOptions.Joliet kind =
        jolietLong.isGiven()
            ? DiscOptions.Joliet.LONG
            : joliet.isGiven() ? DiscOptions.Joliet.STANDARD : DiscOptions.Joliet.NONE;
    return options
        .identifiers(naming.over(options.identifiers()))
        .level(levelNumber())
        .joliet(kind)
        .rockRidge(!noRockRidge.isGiven())
        .forEverybody(rational.isGiven())
        .relocation(relocate.isGiven())
        .compression(compress.isGiven())
        .padding(!noPadding.isGiven())
        .implantedMd5(md5.isGiven());
  }

  private int levelNumber() {
    String text = level.valueOr("3");
    if (!text.matches("[1-4]")) {
      throw new IllegalArgumentException("-iso-level may be 1, 2, 3 or 4, not \"" + text + "\"");
    }
    return Integer.parseInt(text);
  }
}
