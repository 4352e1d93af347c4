package io.diskformat.cli;

import io.diskformat.SizeText;
import io.diskformat.filesystem.ExtractionReport;
import io.diskformat.filesystem.TreeExtraction;
import java.io.IOException;
import java.nio.file.Path;

/** {@code iso extract}. */
final class IsoExtractVerb extends IsoTreeVerb {
  private static final int INCOMPLETE = 2;

  private final Argument target =
      option("DIRECTORY", "Where to. Made if it is not there; the present one if not given.", "-C");
  private final Argument overwrite =
      flag("Replace files and links that are there. Without it they are left.", "--overwrite");
  private final Argument setIds =
      flag("Give files the set-id and sticky bits that are recorded, too.", "--set-ids");
  private final Argument anyLinks =
      flag("Make symbolic links that lead out of the directory, too.", "--any-links");
  private final Argument maxSize =
      option(
          "SIZE",
          "Extract nothing if all files are longer than that. 16 times the image if not given.",
          "--max-size");
  private final Argument maxFiles =
      option("NUMBER", "Extract nothing if there are more files than that.", "--max-files");
  private final Argument progress = flag("Show progress.", "-p", "--progress");

  IsoExtractVerb() {
    super("iso extract", "Extracts the files of a disc, none of them out of a directory.");
    footer(
        "Devices are left out, and so is what the other options do not allow. Exit status: 0 if"
            + " all is there, 2 if something was left out, 1 if it failed.");
  }

  @Override
  int act(Terminal terminal, Path inside) throws IOException {
    TreeExtraction extraction = TreeExtraction.of(inside);
    if (overwrite.isGiven()) {
      extraction.overwrite();
    }
    if (setIds.isGiven()) {
      extraction.setIds();
    }
    if (anyLinks.isGiven()) {
      extraction.anyLinks();
    }
    if (maxSize.isGiven()) {
      extraction.maxBytes(SizeText.parse(maxSize.required(), "--max-size"));
    }
    if (maxFiles.isGiven()) {
      extraction.maxFiles(SizeText.parse(maxFiles.required(), "--max-files"));
    }
    ExtractionReport report;
    try (Progress bar = new Progress(terminal, progress.isGiven())) {
      report = extraction.listener(bar).to(Path.of(target.valueOr(".")));
    }
    for (ExtractionReport.LeftOut file : report.reasons()) {
      terminal.error(Terminal.printable(file.toString()));
    }
    long more = report.leftOut() - report.reasons().size();
    if (more > 0) {
      terminal.error("and " + more + " more files were left out");
    }
    return report.isComplete() ? 0 : INCOMPLETE;
  }
}
