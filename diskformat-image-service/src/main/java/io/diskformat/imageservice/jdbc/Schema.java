package io.diskformat.imageservice.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Set;

/**
 * The tables, and which version of them there is. A version is reached from the one before by
 * statements that do no harm if they were run already, as of two services that are opened at once
 * both may run them.
 */
final class Schema {
  /**
   * {@code writer} is another UUID for each change, by which a service knows its own if the
   * connection was lost before the answer came.
   */
  private static final List<List<String>> STEPS =
      List.of(
          List.of(
              "create table if not exists diskformat_images (id varchar(36) not null primary key,"
                  + " revision bigint not null, deleted smallint not null,"
                  + " writer varchar(36) not null, record TEXT not null)"),
          List.of(
              "create table if not exists diskformat_texts (name varchar(64) not null primary key,"
                  + " content TEXT not null)"));

  private static final String VERSIONS =
      "create table if not exists diskformat_schema (version integer not null primary key)";

  private static final int MOST_ATTEMPTS = 20;

  /** Of PostgreSQL: there is such a table, or the type of its rows, which comes before it. */
  private static final Set<String> IS_THERE = Set.of("42P07", "42710");

  private Schema() {}

  /**
   * Makes the tables what they must be. Where two make a table at once, PostgreSQL fails for one of
   * them, even if it is to be made only where there is none; a moment later there is one.
   */
  static void prepare(Connection connection, Dialect dialect) throws SQLException {
    for (int attempt = 1; ; attempt++) {
      try {
        makeCurrent(connection, dialect);
        return;
      } catch (SQLException e) {
        String state = e.getSQLState();
        boolean isThere = state != null && (state.startsWith("23") || IS_THERE.contains(state));
        if (!isThere || attempt == MOST_ATTEMPTS) {
          throw e;
        }
      }
    }
  }

  private static void makeCurrent(Connection connection, Dialect dialect) throws SQLException {
    execute(connection, dialect.table(VERSIONS));
    int version = version(connection);
    if (version > STEPS.size()) {
      throw new SQLException(
          "the catalogue has version %d, and this program knows %d at most"
              .formatted(version, STEPS.size()));
    }
    for (int next = version + 1; next <= STEPS.size(); next++) {
      for (String sql : STEPS.get(next - 1)) {
        execute(connection, dialect.table(sql));
      }
      record(connection, next);
    }
  }

  private static int version(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery("select max(version) from diskformat_schema")) {
      // The greatest of none is null, which is read as 0.
      return result.next() ? result.getInt(1) : 0;
    }
  }

  private static void record(Connection connection, int version) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement("insert into diskformat_schema (version) values (?)")) {
      statement.setInt(1, version);
      int _ = statement.executeUpdate();
    } catch (SQLException e) {
      if (version(connection) < version) {
        throw e;
      }
      // Another service was faster.
    }
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      boolean _ = statement.execute(sql);
    }
  }
}
