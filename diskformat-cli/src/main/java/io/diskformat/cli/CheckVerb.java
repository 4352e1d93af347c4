package io.diskformat.cli;

import io.diskformat.CheckReport;
import io.diskformat.DiskImages;
import io.diskformat.ImageMaintenance;
import io.diskformat.ProgressListener;
import io.diskformat.Repair;
import io.diskformat.RepairReport;
import io.diskformat.UnsupportedFeatureException;
import java.io.IOException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The verb {@code check}. */
final class CheckVerb extends ReadingVerb {
  private static final int INCOMPLETE = 1;
  private static final int CORRUPT = 2;
  private static final int LEAKS = 3;
  private static final int UNSUPPORTED = 63;

  private final Argument repair =
      option(
          "leaks|all",
          "Repair the image: reclaim leaked space only, or whatever can be repaired.",
          "-r",
          "--repair");
  private final Argument dryRun =
      flag("With -r: say what that would change, and change nothing.", "--dry-run");
  private final Argument output = option("human|json", "How to write it.", "--output");
  private final Argument quiet = flag("Say nothing.", "-q", "--quiet");
  private final Argument cache = option("CACHE", CacheMode.DESCRIPTION, "-T");
  private final Argument file = parameter("FILE", "The image.");

  CheckVerb() {
    super(
        "check",
        "Says whether an image's structure is intact and the images that it is based on are still"
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
    if (wanted != null) {
      refuseSharing("-r");
    }
    if (dryRun.isGiven() && wanted == null) {
      throw new IllegalArgumentException("--dry-run goes with -r");
    }
    ImageName named = image(file);
    boolean writes = wanted != null && !dryRun.isGiven();
    try (ImageMaintenance image =
        DiskImages.maintain(named.file(), writes ? writing(named) : reading(named))) {
      FoundProblems problems =
          new FoundProblems(terminal, dryRun.isGiven(), json || quiet.isGiven());
      RepairReport report;
      try {
        report =
            wanted == null
                ? new RepairReport(0, 0, image.check(ProgressListener.NONE, problems))
                : repair(image, wanted, problems, json ? null : terminal);
      } catch (UnsupportedFeatureException e) {
        terminal.error(Problems.sentence(e));
        return UNSUPPORTED;
      }
      if (json) {
        new Json(terminal).write(members(image, report, problems));
      } else if (!quiet.isGiven()) {
        printFindings(report.left(), terminal);
        printNumbers(report.left(), terminal);
      }
      return status(report.left());
    }
  }

  private RepairReport repair(
      ImageMaintenance image, Repair wanted, FoundProblems problems, @Nullable Terminal terminal)
      throws IOException {
    RepairReport repaired = image.repair(wanted, dryRun.isGiven(), problems);
    CheckReport left = repaired.left();
    boolean fixed = repaired.corruptionsFixed() > 0 || repaired.leaksFixed() > 0;
    if (fixed && terminal != null && !quiet.isGiven()) {
      terminal.print(
          """
          The following inconsistencies %s:

              %d leaked clusters
              %d corruptions

          %s
          """
              .formatted(
                  dryRun.isGiven() ? "would be repaired" : "were found and repaired",
                  repaired.leaksFixed(),
                  repaired.corruptionsFixed(),
                  dryRun.isGiven()
                      ? "Nothing was changed. What a check would then find:"
                      : "Double checking the fixed image now..."));
    }
    if (fixed && !dryRun.isGiven()) {
      left = image.check(ProgressListener.NONE, problems);
    } else if (fixed || problems.isEmpty()) {
      left.problems().forEach(problems);
    }
    return new RepairReport(repaired.corruptionsFixed(), repaired.leaksFixed(), left);
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

  /**
   * Returns the members of the JSON object; as qemu-img does, leaves out most numbers that are 0.
   */
  private Map<String, Object> members(
      ImageMaintenance image, RepairReport repaired, FoundProblems problems) throws IOException {
    CheckReport report = repaired.left();
    Map<String, Object> members = new HashMap<>();
    members.put("filename", file.required());
    members.put("format", image.format());
    members.put("check-errors", report.checkErrors());
    members.put("corruptions", report.corruptions());
    members.put("leaks", report.leaks());
    members.put("corruptions-fixed", repaired.corruptionsFixed());
    members.put("leaks-fixed", repaired.leaksFixed());
    members.put("total-clusters", report.totalClusters());
    members.put("allocated-clusters", report.allocatedClusters());
    members.put("fragmented-clusters", report.fragmentedClusters());
    members.put("compressed-clusters", report.compressedClusters());
    members.put("image-end-offset", report.usedEnd());
    members
        .entrySet()
        .removeIf(entry -> entry.getValue().equals(0L) && !entry.getKey().equals("check-errors"));
    Map<String, Object> ordered = new LinkedHashMap<>(QemuOrder.of(members));
    if (!report.problems().isEmpty()) {
      ordered.put("findings", FoundProblems.describe(report.problems()));
    }
    if (!problems.changes().isEmpty()) {
      ordered.put("changes", FoundProblems.describe(problems.changes()));
    }
    return ordered;
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
              "%d/%d = %s%% allocated, %s%% fragmented, %s%% compressed clusters",
              allocated,
              report.totalClusters(),
              Sizes.hundredths(allocated * 100.0 / report.totalClusters()),
              Sizes.hundredths(report.fragmentedClusters() * 100.0 / allocated),
              Sizes.hundredths(report.compressedClusters() * 100.0 / allocated)));
    }
    if (report.usedEnd() != 0) {
      terminal.line("Image end offset: " + report.usedEnd());
    }
  }
}
