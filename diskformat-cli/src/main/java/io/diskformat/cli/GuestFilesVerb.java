package io.diskformat.cli;

import io.diskformat.inside.Disk;
import java.io.IOException;
import java.nio.file.FileSystem;

/** A verb that reads the files of a guest. */
abstract class GuestFilesVerb extends GuestVerb {
  private final MountOptions mounts = new MountOptions(this);

  GuestFilesVerb(String name, String description) {
    super(name, description);
  }

  @Override
  final int act(Terminal terminal, Disk disk) throws IOException {
    try (FileSystem files = disk.mount(mounts.places(disk))) {
      return act(terminal, files);
    }
  }

  /** Does what the verb says, and returns the exit status. */
  abstract int act(Terminal terminal, FileSystem files) throws IOException;
}
