package io.diskformat.cli;

import io.diskformat.filesystem.ExtractionReport;
import io.diskformat.filesystem.TreeExtraction;
import java.io.IOException;
import java.nio.file.Path;

/** {@code iso extract}. */
final class IsoExtractVerb extends IsoTreeVerb {
  private static final int INCOMPLETE = 2;

  private final Argument target =
      option("DIRECTORY", "Where to. Made if it is not there; the present one if not given.", "-C");
  private final ExtractionOptions options = new ExtractionOptions(this);

  IsoExtractVerb() {
    super("iso extract", "Extracts the files of a disc, none of them out of a directory.");
    footer(
        "Devices are left out, and so is what the other options do not allow. Exit status: 0 if"
            + " all is there, 2 if something was left out, 1 if it failed.");
  }

  @Override
  int act(Terminal terminal, Path inside) throws IOException {
    ExtractionReport report =
        options.extract(terminal, TreeExtraction.of(inside), Path.of(target.valueOr(".")));
    return report.isComplete() ? 0 : INCOMPLETE;
  }
}
