package io.diskformat.imageservice.jdbc;

import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A text that several services have in one database. Thread-safe. */
public final class JdbcText {
  private final Connections connections;
  private final String name;

  JdbcText(Connections connections, String name) {
    this.connections = connections;
    this.name = name;
  }

  /**
   * Returns the text, or null if there is none.
   *
   * @throws IOException if the database fails
   */
  public @Nullable String load() throws IOException {
    return connections.run((connection, _) -> Optional.ofNullable(load(connection))).orElse(null);
  }

  private @Nullable String load(Connection connection) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement("select content from diskformat_texts where name = ?")) {
      statement.setString(1, name);
      try (ResultSet result = statement.executeQuery()) {
        return result.next() ? result.getString(1) : null;
      }
    }
  }

  /**
   * Replaces the text, durably, if it is what it was.
   *
   * @param before the text, or null if there was none
   * @return whether it is replaced
   * @throws IOException if the database fails
   */
  public boolean replace(@Nullable String before, String after) throws IOException {
    return connections.run((connection, again) ->
        (before == null ? insert(connection, after) : update(connection, before, after))
            // The first time, its answer may have been lost.
            || (again && Objects.equals(load(connection), after)));
  }

  private boolean insert(Connection connection, String text) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement("insert into diskformat_texts (content, name) values (?, ?)")) {
      statement.setString(1, text);
      statement.setString(2, name);
      return statement.executeUpdate() == 1;
    } catch (SQLException e) {
      if (JdbcCatalogue.isTaken(e)) {
        return false;
      }
      throw e;
    }
  }

  private boolean update(Connection connection, String before, String after) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "update diskformat_texts set content = ? where name = ? and content = ?")) {
      statement.setString(1, after);
      statement.setString(2, name);
      statement.setString(3, before);
      return statement.executeUpdate() == 1;
    }
  }
}
