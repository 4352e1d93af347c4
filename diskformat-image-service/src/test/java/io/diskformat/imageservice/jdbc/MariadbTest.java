package io.diskformat.imageservice.jdbc;

import java.io.IOException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

final class MariadbTest extends ServerContract {
  private static DatabaseServer server;

  @BeforeAll
  static void start() throws IOException {
    server = DatabaseServer.mariadb();
  }

  @AfterAll
  static void stop() throws IOException {
    if (server != null) {
      server.close();
    }
  }

  @Override
  DatabaseServer server() {
    return server;
  }
}
