package io.diskformat.cli;

import io.diskformat.inside.TarArchive;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** The verb {@code tar-out}. */
final class TarOutVerb extends GuestFilesVerb {
  private static final int BUFFER = 1 << 16;

  private final Argument source = parameter("DIRECTORY", "A directory of the guest.");
  private final Argument target = parameter("FILE", "A new file; or - for the standard output.");

  TarOutVerb() {
    super(
        "tar-out", "Writes files of a guest as a tar archive, with all that is recorded of them.");
  }

  @Override
  int act(Terminal terminal, FileSystem files) throws IOException {
    Path directory = files.getPath("/").resolve(source.required());
    String name = target.required();
    if (name.equals("-")) {
      OutputStream out =
          new BufferedOutputStream(Channels.newOutputStream(terminal.channel()), BUFFER);
      TarArchive.write(directory, out);
      out.flush();
      return 0;
    }
    Path file = Path.of(name);
    OutputStream opened =
        Files.newOutputStream(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    boolean done = false;
    try (OutputStream out = new BufferedOutputStream(opened, BUFFER)) {
      TarArchive.write(directory, out);
      done = true;
    } finally {
      if (!done) {
        Files.deleteIfExists(file);
      }
    }
    return 0;
  }
}
