package io.diskformat.imageservice;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A service that is killed at any moment loses nothing, and leaves nothing behind. */
final class KillTest {
  @TempDir(factory = QuickDirectory.class)
  private Path directory;

  @Test
  void whatWasAcknowledgedIsThereAndNothingElse() throws IOException {
    new Kills(directory, "file").run(4);
  }
}
