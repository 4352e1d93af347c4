package io.diskformat.imageservice.jdbc;

import io.diskformat.imageservice.Catalogue;
import io.diskformat.imageservice.ImageRecord;
import io.diskformat.imageservice.ImageStatus;
import io.diskformat.imageservice.record.RecordJson;
import java.io.IOException;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * A catalogue in a database: PostgreSQL, MariaDB or SQLite. Its tables, {@code diskformat_images},
 * {@code diskformat_texts} and {@code diskformat_schema}, are made when it is opened. Several
 * services may have it open at once.
 *
 * <p>Records are kept as text ({@code record}), and replaced if their {@code revision} is still the
 * expected one, so every change is one statement. All that are not deleted are also in memory; of a
 * list, only those are read again that were changed.
 *
 * <p>While the database is away, a method tries again for 15 seconds before it throws an {@link
 * IOException}.
 */
public final class JdbcCatalogue implements Catalogue {
  /** If more records than these changed, all are read. */
  private static final int FEW = 50;

  private static final int PAGE = 500;
  private static final int LONGEST_ID = 36;

  private static final String UNIQUE_VIOLATION = "23";

  private final Connections connections;
  private final Dialect dialect;
  private final Map<String, ImageRecord> known = new ConcurrentHashMap<>();

  private JdbcCatalogue(Connections connections, Dialect dialect) {
    this.connections = connections;
    this.dialect = dialect;
  }

  /**
   * Opens the catalogue in a database.
   *
   * @param database is asked for eight connections at most, which need no pool
   * @throws IOException if the database cannot be reached, or is of another kind, or was written by
   *     a later version
   */
  public static JdbcCatalogue open(DataSource database) throws IOException {
    return open(database::getConnection);
  }

  /**
   * Opens the catalogue in the database of a URL, as {@code
   * jdbc:postgresql://host/images?user=u&password=p}, whose driver is on the class path.
   *
   * @throws IOException as {@link #open(DataSource)} does, and if there is no such driver
   */
  public static JdbcCatalogue open(String url) throws IOException {
    try {
      Driver _ = DriverManager.getDriver(url);
    } catch (SQLException e) {
      // The URL may have a password in it.
      String kind = url.replaceAll("^(jdbc:[a-z]*).*", "$1");
      throw new IOException(
          kind + ": no driver for such a database is on the class path, or the URL is not one", e);
    }
    return open(() -> DriverManager.getConnection(url, Dialect.properties(url)));
  }

  private static JdbcCatalogue open(Connections.Source source) throws IOException {
    Connections connections = new Connections(source);
    try {
      Dialect dialect =
          connections.run((connection, _) -> {
            Dialect its = Dialect.of(connection);
            Schema.prepare(connection, its);
            return its;
          });
      return new JdbcCatalogue(connections, dialect);
    } catch (IOException | RuntimeException e) {
      connections.close();
      throw e;
    }
  }

  /**
   * Returns a text that is kept beside the records.
   *
   * @param name of up to 64 letters
   */
  public JdbcText text(String name) {
    return new JdbcText(connections, name);
  }

  @Override
  public boolean isShared() {
    return true;
  }

  @Override
  public Optional<ImageRecord> find(String id) throws IOException {
    if (id.length() > LONGEST_ID || id.indexOf('\0') >= 0) {
      // No record has such an id, and to look for it is an error for some databases.
      return Optional.empty();
    }
    return connections.run((connection, _) -> Optional.ofNullable(find(connection, id)));
  }

  private static @Nullable ImageRecord find(Connection connection, String id)
      throws SQLException, IOException {
    try (PreparedStatement statement =
        connection.prepareStatement("select record from diskformat_images where id = ?")) {
      statement.setString(1, id);
      try (ResultSet result = statement.executeQuery()) {
        return result.next() ? RecordJson.read(result.getString(1), "image " + id) : null;
      }
    }
  }

  @Override
  public Stream<ImageRecord> all() throws IOException {
    List<ImageRecord> images =
        connections.run((connection, _) -> {
          dialect.beginReading(connection);
          List<ImageRecord> all = all(connection);
          dialect.endReading(connection);
          return all;
        });
    return images.stream();
  }

  private List<ImageRecord> all(Connection connection) throws SQLException, IOException {
    Map<String, Long> revisions = revisions(connection);
    boolean _ = known.keySet().retainAll(revisions.keySet());
    List<ImageRecord> images = new ArrayList<>(revisions.size());
    List<String> changed = new ArrayList<>();
    revisions.forEach((id, revision) -> {
      ImageRecord image = known.get(id);
      // Others may have read a later one meanwhile, which is of another moment.
      if (image != null && image.revision() == revision) {
        images.add(image);
      } else {
        changed.add(id);
      }
    });
    if (changed.size() > FEW) {
      return readAll(connection);
    }
    for (String id : changed) {
      ImageRecord image = find(connection, id);
      if (image != null && image.status() != ImageStatus.DELETED) {
        remember(image);
        images.add(image);
      }
    }
    return images;
  }

  @Override
  public boolean isEmpty() throws IOException {
    return connections.run((connection, _) -> {
      try (PreparedStatement statement =
              connection.prepareStatement("select id from diskformat_images limit 1");
          ResultSet result = statement.executeQuery()) {
        return !result.next();
      }
    });
  }

  private static Map<String, Long> revisions(Connection connection) throws SQLException {
    Map<String, Long> revisions = new HashMap<>();
    try (PreparedStatement statement =
            connection.prepareStatement(
                "select id, revision from diskformat_images where deleted = 0");
        ResultSet result = statement.executeQuery()) {
      while (result.next()) {
        Long _ = revisions.put(result.getString(1), result.getLong(2));
      }
    }
    return revisions;
  }

  /** A page at a time, as some drivers have the whole of a result in memory. */
  private List<ImageRecord> readAll(Connection connection) throws SQLException, IOException {
    List<ImageRecord> images = new ArrayList<>();
    String last = "";
    int before;
    do {
      before = images.size();
      try (PreparedStatement statement =
          connection.prepareStatement(
              "select id, record from diskformat_images where deleted = 0 and id > ?"
                  + " order by id limit "
                  + PAGE)) {
        statement.setString(1, last);
        try (ResultSet result = statement.executeQuery()) {
          while (result.next()) {
            last = result.getString(1);
            images.add(RecordJson.read(result.getString(2), "image " + last));
          }
        }
      }
    } while (images.size() == before + PAGE);
    images.forEach(this::remember);
    return images;
  }

  /** What was read early does not take the place of what was read late. */
  private void remember(ImageRecord image) {
    ImageRecord _ =
        known.merge(
            image.id(), image, (old, read) -> old.revision() < read.revision() ? read : old);
  }

  @Override
  public boolean add(ImageRecord image) throws IOException {
    String writer = UUID.randomUUID().toString();
    return connections.run((connection, again) -> {
      if (again && isWrittenBy(connection, image.id(), writer)) {
        return true;
      }
      try (PreparedStatement statement =
          connection.prepareStatement(
              "insert into diskformat_images (revision, deleted, writer, record, id)"
                  + " values (?, ?, ?, ?, ?)")) {
        set(statement, image, writer);
        return statement.executeUpdate() == 1;
      } catch (SQLException e) {
        if (isTaken(e) && find(connection, image.id()) != null) {
          return false;
        }
        throw e;
      }
    });
  }

  /** SQLite has no states, but a text. */
  static boolean isTaken(SQLException e) {
    String state = e.getSQLState();
    return (state != null && state.startsWith(UNIQUE_VIOLATION))
        || String.valueOf(e.getMessage()).startsWith("[SQLITE_CONSTRAINT");
  }

  @Override
  public boolean replace(ImageRecord before, ImageRecord after) throws IOException {
    ImageRecord next = after.withRevision(before.revision() + 1);
    String writer = UUID.randomUUID().toString();
    return connections.run((connection, again) -> {
      try (PreparedStatement statement =
          connection.prepareStatement(
              "update diskformat_images set revision = ?, deleted = ?, writer = ?, record = ?"
                  + " where id = ? and revision = ?")) {
        set(statement, next, writer);
        statement.setLong(6, before.revision());
        return statement.executeUpdate() == 1
            || (again && isWrittenBy(connection, next.id(), writer));
      }
    });
  }

  private static void set(PreparedStatement statement, ImageRecord image, String writer)
      throws SQLException {
    statement.setLong(1, image.revision());
    statement.setInt(2, image.status() == ImageStatus.DELETED ? 1 : 0);
    statement.setString(3, writer);
    statement.setString(4, RecordJson.write(image));
    statement.setString(5, image.id());
  }

  private static boolean isWrittenBy(Connection connection, String id, String writer)
      throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement("select writer from diskformat_images where id = ?")) {
      statement.setString(1, id);
      try (ResultSet result = statement.executeQuery()) {
        return result.next() && writer.equals(result.getString(1));
      }
    }
  }

  @Override
  public void close() {
    connections.close();
  }
}
