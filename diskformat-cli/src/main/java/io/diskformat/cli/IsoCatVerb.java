package io.diskformat.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** {@code iso cat}. */
final class IsoCatVerb extends IsoTreeVerb {
  IsoCatVerb() {
    super("iso cat", "Writes out the content of a file of a disc.");
  }

  @Override
  int act(Terminal terminal, Path inside) throws IOException {
    try (InputStream in = Files.newInputStream(inside)) {
      byte[] buffer = new byte[1 << 20];
      for (int n; (n = in.read(buffer)) > 0; ) {
        terminal.write(buffer, n);
      }
    }
    return 0;
  }
}
