package io.diskformat.imageservice.jdbc;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.diskformat.imageservice.KilledPlace;
import io.diskformat.imageservice.Kills;
import io.diskformat.imageservice.QuickDirectory;
import io.diskformat.imageservice.StoreKills;
import io.diskformat.imageservice.s3.S3Proxy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * By hand, with {@code -Ddiskformat.kills=500}: one process has a service over each catalogue, so
 * that each kill is one of all of them, or over those alone that {@code
 * -Ddiskformat.kills.over=file,sqlite,postgresql,mariadb,s3} names. {@link DatabaseContract} has a
 * few over each alone.
 */
final class EveryCatalogueKillTest {
  @TempDir(factory = QuickDirectory.class)
  private Path directory;

  private final Deque<AutoCloseable> servers = new ArrayDeque<>();

  private Path place(String name) throws IOException {
    return Files.createDirectories(directory.resolve(name));
  }

  private <T extends AutoCloseable> T started(T server) {
    servers.push(server);
    return server;
  }

  @AfterEach
  void stop() throws Exception {
    while (!servers.isEmpty()) {
      servers.pop().close();
    }
    S3Proxy.takeKeys();
  }

  private static int kills() {
    int kills = Integer.getInteger("diskformat.kills", 0);
    assumeTrue(kills > 0, "by hand: -Ddiskformat.kills=500");
    return kills;
  }

  private static List<String> names() {
    String all = "file,sqlite,postgresql,mariadb" + (S3Proxy.isThere() ? ",s3" : "");
    return List.of(System.getProperty("diskformat.kills.over", all).split(",", -1));
  }

  private String url(String name) throws IOException {
    return switch (name) {
      case "postgresql" -> started(DatabaseServer.postgres()).url();
      case "mariadb" -> started(DatabaseServer.mariadb()).url();
      case "sqlite" -> "jdbc:sqlite:" + place("database").resolve("catalogue.db");
      default -> name;
    };
  }

  private KilledPlace killed(String name) throws IOException {
    return switch (name) {
      // They move to another one from time to time.
      case "file", "sqlite" -> new KilledPlace(place(name), name);
      case "s3" -> {
        S3Proxy proxy = started(S3Proxy.start(place("objects")));
        S3Proxy.giveKeys();
        yield new KilledPlace(place(name), "file", proxy.bucket("kills"));
      }
      default -> new KilledPlace(place(name), url(name));
    };
  }

  @Test
  void servicesThatAreKilledLoseNothing() throws IOException {
    int kills = kills();
    List<KilledPlace> places = new ArrayList<>();
    for (String name : names()) {
      places.add(killed(name));
    }
    new Kills(place("scratch"), places).run(kills);
  }

  /** One after the other, of as many stores as they have here. */
  @Test
  void servicesWithTwoStoresThatAreKilledLoseNothing() throws IOException {
    int kills = kills();
    for (String name : names()) {
      if (!name.equals("s3")) {
        new StoreKills(place(name), place("scratch" + name), url(name)).run(kills);
      }
    }
  }
}
