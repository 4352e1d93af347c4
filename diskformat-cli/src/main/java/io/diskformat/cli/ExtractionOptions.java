package io.diskformat.cli;

import io.diskformat.SizeText;
import io.diskformat.filesystem.ExtractionReport;
import io.diskformat.filesystem.TreeExtraction;
import java.io.IOException;
import java.nio.file.Path;

/** The options of verbs that extract files. */
final class ExtractionOptions {
  private final Argument overwrite;
  private final Argument setIds;
  private final Argument anyLinks;
  private final Argument maxSize;
  private final Argument maxFiles;
  private final Argument progress;

  /** Declares them. */
  ExtractionOptions(Declaration verb) {
    overwrite =
        verb.flag(
            "Replace files and links that are there. Without it they are left.", "--overwrite");
    setIds =
        verb.flag("Give files the set-id and sticky bits that are recorded, too.", "--set-ids");
    anyLinks = verb.flag("Make symbolic links that lead out of the directory, too.", "--any-links");
    maxSize =
        verb.option(
            "SIZE",
            "Extract nothing if all files are longer than that. 16 times the image if not given.",
            "--max-size");
    maxFiles =
        verb.option("NUMBER", "Extract nothing if there are more files than that.", "--max-files");
    progress = verb.flag("Show progress.", "-p", "--progress");
  }

  /** Extracts files, and says what was left out. */
  ExtractionReport extract(Terminal terminal, TreeExtraction extraction, Path directory)
      throws IOException {
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
      report = extraction.listener(bar).to(directory);
    }
    for (ExtractionReport.LeftOut file : report.reasons()) {
      terminal.error(Terminal.printable(file.toString()));
    }
    long more = report.leftOut() - report.reasons().size();
    if (more > 0) {
      terminal.error("and " + more + " more files were left out");
    }
    return report;
  }
}
