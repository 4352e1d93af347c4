package io.diskformat.cli;

import java.io.IOException;
import java.nio.file.FileSystem;

/** The verb {@code ls}. */
final class LsVerb extends GuestFilesVerb {
  private final Argument all = flag("List what is in the directories below, too.", "-R");
  private final Argument detailed =
      flag("Say of each file what it is, its mode, owner, group, size and time.", "-l");
  private final Argument path =
      optionalParameter("PATH", "In the guest. The root if it is not given.");

  LsVerb() {
    super("ls", "Lists files of a guest.");
  }

  @Override
  int act(Terminal terminal, FileSystem files) throws IOException {
    new TreeListing(terminal, all.isGiven(), detailed.isGiven(), true)
        .list(files.getPath("/").resolve(path.valueOr("/")));
    return 0;
  }
}
