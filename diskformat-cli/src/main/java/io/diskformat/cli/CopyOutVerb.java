package io.diskformat.cli;

import io.diskformat.filesystem.ExtractionReport;
import io.diskformat.filesystem.TreeExtraction;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;

/** The verb {@code copy-out}. */
final class CopyOutVerb extends GuestFilesVerb {
  private static final int INCOMPLETE = 2;

  private final ExtractionOptions options = new ExtractionOptions(this);
  private final Argument source = parameter("PATH", "A file of the guest, or a directory.");
  private final Argument target = parameter("DIRECTORY", "Where to. Made if it is not there.");

  CopyOutVerb() {
    super("copy-out", "Copies files of a guest, none of them out of a directory.");
    footer(
        "Devices are left out, and so is what the other options do not allow. Exit status: 0 if"
            + " all is there, 2 if something was left out, 1 if it failed.");
  }

  @Override
  int act(Terminal terminal, FileSystem files) throws IOException {
    Path inside = files.getPath("/").resolve(source.required());
    Path directory = Path.of(target.required());
    Path name = inside.normalize().getFileName();
    if (name != null && Files.isDirectory(inside)) {
      directory = directory.resolve(name.toString());
    }
    ExtractionReport report = options.extract(terminal, TreeExtraction.of(inside), directory);
    return report.isComplete() ? 0 : INCOMPLETE;
  }
}
