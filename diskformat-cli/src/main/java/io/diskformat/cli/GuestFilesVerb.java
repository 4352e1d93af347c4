package io.diskformat.cli;

import io.diskformat.inside.Disk;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.util.Map;

/** A verb that reads the files of a guest. */
abstract class GuestFilesVerb extends GuestVerb {
  private final MountOptions mounts = new MountOptions(this);

  GuestFilesVerb(String name, String description) {
    super(name, description);
  }

  @Override
  final int act(Terminal terminal, Disk disk) throws IOException {
    Map<String, String> places = mounts.places(disk);
    for (String problem : MountOptions.problems(disk, places.values())) {
      terminal.error(problem);
    }
    try (FileSystem files = disk.mount(places)) {
      return act(terminal, files);
    }
  }

  /** Does what the verb says, and returns the exit status. */
  abstract int act(Terminal terminal, FileSystem files) throws IOException;
}
