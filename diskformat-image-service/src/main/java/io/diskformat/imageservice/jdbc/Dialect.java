package io.diskformat.imageservice.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Locale;
import java.util.Properties;

/** The differences between the databases. */
enum Dialect {
  POSTGRESQL("text", ""),
  /** Whose {@code text} ends at 64 KiB, and whose names are equal whatever their case. */
  MARIADB("longtext", " engine = InnoDB character set utf8mb4 collate utf8mb4_bin"),
  /** Which is durable, and lets nobody wait in vain, only if it is asked to. */
  SQLITE("text", "");

  private static final List<String> OPENING_SQLITE =
      List.of(
          "pragma busy_timeout = 20000", "pragma journal_mode = wal", "pragma synchronous = full");

  private final String text;
  private final String suffix;

  Dialect(String text, String suffix) {
    this.text = text;
    this.suffix = suffix;
  }

  static Dialect of(Connection connection) throws SQLException {
    String product = connection.getMetaData().getDatabaseProductName().toLowerCase(Locale.ROOT);
    return switch (product) {
      case "postgresql" -> POSTGRESQL;
      case "mariadb", "mysql" -> MARIADB;
      case "sqlite" -> SQLITE;
      default -> throw new SQLException("no catalogue can be kept in a database of " + product);
    };
  }

  /** Returns what makes a database that hangs an error, in the words of its driver. */
  static Properties properties(String url) {
    Properties properties = new Properties();
    if (url.startsWith("jdbc:postgresql:")) {
      // In seconds.
      properties.setProperty("connectTimeout", "10");
      properties.setProperty("socketTimeout", "30");
    } else if (url.startsWith("jdbc:mariadb:")) {
      // In milliseconds.
      properties.setProperty("connectTimeout", "10000");
      properties.setProperty("socketTimeout", "30000");
    }
    return properties;
  }

  /** Prepares a new connection. */
  void open(Connection connection) throws SQLException {
    connection.setAutoCommit(true);
    try (Statement statement = connection.createStatement()) {
      for (String sql : this == SQLITE ? OPENING_SQLITE : List.<String>of()) {
        boolean _ = statement.execute(sql);
      }
    }
  }

  /** Begins a transaction all queries of which see what there is when the first is run. */
  void beginReading(Connection connection) throws SQLException {
    connection.setAutoCommit(false);
    // So it is with SQLite in any case.
    if (this != SQLITE) {
      try (Statement statement = connection.createStatement()) {
        boolean _ = statement.execute("set transaction isolation level repeatable read");
      }
    }
  }

  /** Ends what {@link #beginReading} began; of MariaDB, what was set counts until a commit. */
  void endReading(Connection connection) throws SQLException {
    connection.commit();
    connection.setAutoCommit(true);
  }

  /** Returns a statement that makes a table; {@code TEXT} in it is the type of a long text. */
  String table(String sql) {
    return sql.replace("TEXT", text) + suffix;
  }
}
