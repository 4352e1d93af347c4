package io.diskformat.imageservice.jdbc;

import io.diskformat.imageservice.QuickDirectory;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

final class SqliteTest extends DatabaseContract {
  @TempDir(factory = QuickDirectory.class)
  private Path directory;

  @Override
  String url() {
    return "jdbc:sqlite:" + directory.resolve("catalogue.db");
  }
}
