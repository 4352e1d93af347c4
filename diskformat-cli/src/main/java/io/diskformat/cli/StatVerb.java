package io.diskformat.cli;

import java.io.IOException;
import java.nio.file.FileSystem;

/** The verb {@code stat}. */
final class StatVerb extends GuestFilesVerb {
  private final Argument follow = flag("Follow links.", "-L", "--dereference");
  private final Argument path = parameter("PATH", "In the guest.");

  StatVerb() {
    super("stat", "Shows what is recorded of a file of a guest.");
  }

  @Override
  int act(Terminal terminal, FileSystem files) throws IOException {
    FileStatus.print(terminal, files.getPath("/").resolve(path.required()), follow.isGiven());
    return 0;
  }
}
