package io.diskformat.imageservice.jdbc;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.diskformat.imageservice.KilledPlace;
import io.diskformat.imageservice.Kills;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * By hand, with {@code -Ddiskformat.kills=500}: one process has a service over each catalogue, so
 * that each kill is one of all of them. {@link DatabaseContract} has a few over each alone.
 */
final class EveryCatalogueKillTest {
  @TempDir private Path directory;

  private Path place(String name) throws IOException {
    return Files.createDirectories(directory.resolve(name));
  }

  @Test
  void servicesThatAreKilledLoseNothing() throws IOException {
    int kills = Integer.getInteger("diskformat.kills", 0);
    assumeTrue(kills > 0, "by hand: -Ddiskformat.kills=500");
    try (DatabaseServer postgres = DatabaseServer.postgres();
        DatabaseServer mariadb = DatabaseServer.mariadb()) {
      List<KilledPlace> places =
          List.of(
              new KilledPlace(place("file"), "file"),
              new KilledPlace(place("sqlite"), "sqlite"),
              new KilledPlace(place("postgres"), postgres.url()),
              new KilledPlace(place("mariadb"), mariadb.url()));
      new Kills(place("scratch"), places).run(kills);
    }
  }
}
