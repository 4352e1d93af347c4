package io.diskformat.imageservice;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A service with two stores that is killed at any moment loses nothing, and leaves nothing. */
final class KilledStoresTest {
  @TempDir(factory = QuickDirectory.class)
  private Path directory;

  @TempDir private Path scratch;

  @Test
  void withAFileCatalogue() throws IOException {
    new StoreKills(directory, scratch, "file").run(2);
  }

  @Test
  void withADatabase() throws IOException {
    new StoreKills(directory, scratch, "jdbc:sqlite:" + directory.resolve("catalogue.db")).run(1);
  }
}
