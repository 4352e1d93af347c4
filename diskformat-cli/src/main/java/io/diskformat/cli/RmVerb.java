package io.diskformat.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** The verb {@code rm}. */
final class RmVerb extends GuestChangeVerb {
  private final Argument force = flag("Files need not be there.", "-f", "--force");
  private final Argument recursive =
      flag("Remove directories, and all that is in them.", "-r", "-R", "--recursive");
  private final Argument first = parameter("PATH", "In the guest. Links are not followed.");
  private final Argument more = furtherParameters("PATH", "");

  RmVerb() {
    super("rm", "Removes files of a guest.", "--format");
  }

  @Override
  void act(GuestChanges changes) throws IOException {
    List<String> paths = new ArrayList<>(first.values());
    paths.addAll(more.values());
    for (String path : paths) {
      if (recursive.isGiven()) {
        changes.removeAll(path, force.isGiven());
      } else {
        changes.removeFile(path, force.isGiven());
      }
    }
  }
}
