package io.diskformat.cli;

import java.io.IOException;
import java.nio.file.Path;

/** {@code iso ls}. */
final class IsoLsVerb extends IsoTreeVerb {
  private final Argument all = flag("List what is in the directories below, too.", "-R");
  private final Argument detailed =
      flag("Say of each file what it is, its mode, owner, group, size and time.", "-l");

  IsoLsVerb() {
    super("iso ls", "Lists the files of a disc.");
  }

  @Override
  int act(Terminal terminal, Path directory) throws IOException {
    new TreeListing(terminal, all.isGiven(), detailed.isGiven(), false).list(directory);
    return 0;
  }
}
