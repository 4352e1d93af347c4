package io.diskformat.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;

/** The verb {@code cat}. */
final class CatVerb extends GuestFilesVerb {
  private final Argument first = parameter("PATH", "In the guest.");
  private final Argument more = furtherParameters("PATH", "More files, one after the other.");

  CatVerb() {
    super("cat", "Writes out the content of files of a guest.");
  }

  @Override
  int act(Terminal terminal, FileSystem files) throws IOException {
    List<String> paths = new ArrayList<>(List.of(first.required()));
    paths.addAll(more.values());
    byte[] buffer = new byte[1 << 20];
    for (String path : paths) {
      try (InputStream in = Files.newInputStream(files.getPath("/").resolve(path))) {
        for (int n; (n = in.read(buffer)) > 0; ) {
          terminal.write(buffer, n);
        }
      }
    }
    return 0;
  }
}
