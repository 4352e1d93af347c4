package io.diskformat.cli;

import io.diskformat.CheckReport;
import io.diskformat.CheckReport.Problem;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.Repair;
import io.diskformat.RepairReport;
import io.diskformat.UnsupportedFeatureException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code check}. */
final class CheckVerb extends ImageVerb {
  private static final int INCOMPLETE = 1;
  private static final int CORRUPT = 2;
  private static final int LEAKS = 3;
  private static final int UNSUPPORTED = 63;

  private final Argument repair =
      option("leaks|all", "Repair the image: reclaim leaked space only, or all that can be.", "-r");
  private final Argument output = option("human|json", "How to write it.", "--output");
  private final Argument quiet = flag("Say nothing.", "-q");
  private final Argument cache = option("CACHE", CacheMode.DESCRIPTION, "-T");
  private final Argument file = parameter("FILE", "The image.");

  CheckVerb() {
    super(
        "check",
        "Tells whether an image's structure is intact and the images that it is based on are still"
            + " the right ones, and repairs the structure.");
    footer(
        "Exit status: 0 if so, 1 if that could not be found out, 2 if something is corrupt, 3 if"
            + " space has leaked and that is all, 63 if images of that format cannot be checked.");
  }

  @Override
  int run(Terminal terminal) throws IOException {
    CacheMode.check(cache.value());
    boolean json = OutputFormat.of(output.valueOr("human")) == OutputFormat.JSON;
    Repair wanted = wanted();
    Path path = Path.of(file.required());
    try (DiskImage image =
        DiskImages.open(path, wanted == null ? checking() : maintaining(format()))) {
      RepairReport report;
      try {
        report = wanted == null ? new RepairReport(0, 0, image.check()) : image.repair(wanted);
      } catch (UnsupportedFeatureException e) {
        terminal.error(Problems.sentence(e));
        return UNSUPPORTED;
      }
      if (json) {
        new Json(terminal).write(QemuOrder.of(members(image, report)));
      } else if (!quiet.isGiven()) {
        print(report, terminal);
      }
      return status(report.left());
    }
  }

  private @Nullable Repair wanted() {
    String value = repair.value();
    if (value == null) {
      return null;
    }
    return switch (value) {
      case "leaks" -> Repair.LEAKS;
      case "all" -> Repair.ALL;
      default ->
          throw new IllegalArgumentException("-r must be leaks or all, not \"" + value + "\"");
    };
  }

  private static int status(CheckReport report) {
    if (report.checkErrors() > 0) {
      return INCOMPLETE;
    }
    return report.corruptions() > 0 ? CORRUPT : report.leaks() > 0 ? LEAKS : 0;
  }

  /** Of most numbers, qemu-img tells only those that are not 0. */
  private Map<String, Object> members(DiskImage image, RepairReport repaired) throws IOException {
    CheckReport report = repaired.left();
    Map<String, Object> members = new HashMap<>();
    members.put("filename", file.required());
    members.put("format", image.info().format());
    members.put("check-errors", report.checkErrors());
    members.put("corruptions", report.corruptions());
    members.put("leaks", report.leaks());
    members.put("corruptions-fixed", repaired.corruptionsFixed());
    members.put("leaks-fixed", repaired.leaksFixed());
    members.put("total-clusters", report.totalClusters());
    members.put("allocated-clusters", report.allocatedClusters());
    members.put("fragmented-clusters", report.fragmentedClusters());
    members.put("compressed-clusters", report.compressedClusters());
    members.put("image-end-offset", report.imageEndOffset());
    members
        .entrySet()
        .removeIf(entry -> entry.getValue().equals(0L) && !entry.getKey().equals("check-errors"));
    return members;
  }

  private static void print(RepairReport repaired, Terminal terminal) throws IOException {
    if (repaired.corruptionsFixed() > 0 || repaired.leaksFixed() > 0) {
      terminal.print(
          """
          The following inconsistencies were found and repaired:

              %d leaked clusters
              %d corruptions

          Double checking the fixed image now...
          """
              .formatted(repaired.leaksFixed(), repaired.corruptionsFixed()));
    }
    CheckReport report = repaired.left();
    for (Problem problem : report.problems()) {
      terminal.error(problem.toString());
    }
    printFindings(report, terminal);
    printNumbers(report, terminal);
  }

  private static void printFindings(CheckReport report, Terminal terminal) throws IOException {
    if (report.isClean()) {
      terminal.line("No errors were found on the image.");
    }
    if (report.corruptions() > 0) {
      terminal.line("");
      terminal.line(report.corruptions() + " errors were found on the image.");
      terminal.line("Data may be corrupted, or further writes to the image may corrupt it.");
    }
    if (report.leaks() > 0) {
      terminal.line("");
      terminal.line(report.leaks() + " leaked clusters were found on the image.");
      terminal.line("This means waste of disk space, but no harm to data.");
    }
    if (report.checkErrors() > 0) {
      terminal.line("");
      terminal.line(report.checkErrors() + " internal errors have occurred during the check.");
    }
  }

  private static void printNumbers(CheckReport report, Terminal terminal) throws IOException {
    long allocated = report.allocatedClusters();
    if (report.totalClusters() != 0 && allocated != 0) {
      terminal.line(
          String.format(
              Locale.ROOT,
              "%d/%d = %.2f%% allocated, %.2f%% fragmented, %.2f%% compressed clusters",
              allocated,
              report.totalClusters(),
              allocated * 100.0 / report.totalClusters(),
              report.fragmentedClusters() * 100.0 / allocated,
              report.compressedClusters() * 100.0 / allocated));
    }
    if (report.imageEndOffset() != 0) {
      terminal.line("Image end offset: " + report.imageEndOffset());
    }
  }
}
