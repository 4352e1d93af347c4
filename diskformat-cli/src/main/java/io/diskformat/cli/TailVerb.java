package io.diskformat.cli;

import java.io.IOException;
import java.nio.file.FileSystem;

/** The verb {@code tail}. */
final class TailVerb extends GuestFilesVerb {
  private static final int USUAL = 10;
  private static final int MOST = 1_000_000;

  private final Argument count =
      option("COUNT", "How many lines; 10 if not given.", "-n", "--lines");
  private final Argument path = parameter("PATH", "In the guest.");

  TailVerb() {
    super("tail", "Writes out the last lines of a file of a guest.");
  }

  @Override
  int act(Terminal terminal, FileSystem files) throws IOException {
    long wanted = GuestChangeVerb.number(count.valueOr(Integer.toString(USUAL)), USUAL);
    if (wanted < 0 || wanted > MOST) {
      throw new IllegalArgumentException("-n takes a number of up to " + MOST + ": " + wanted);
    }
    byte[] lines = FileLines.of(files.getPath("/").resolve(path.required()), (int) wanted, false);
    terminal.write(lines, lines.length);
    return 0;
  }
}
