package io.diskformat.imageservice.jdbc;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.sql.SQLRecoverableException;
import java.sql.SQLTransientException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Semaphore;

/**
 * A few connections to the database, each for one piece of work at a time. Work that failed because
 * the connection was lost, or because of somebody else's, is done again. Thread-safe.
 */
final class Connections implements AutoCloseable {
  private static final int MOST = 8;

  /** How long to try again while the database is away, for example while it restarts. */
  private static final Duration PATIENCE = Duration.ofSeconds(15);

  private static final int LONGEST_PAUSE_MILLIS = 500;

  private final Source source;
  private final Semaphore permits = new Semaphore(MOST);
  private final Deque<Connection> idle = new ArrayDeque<>();
  private boolean closed;

  /** Opens connections. */
  @FunctionalInterface
  interface Source {
    Connection open() throws SQLException;
  }

  /** A piece of work with a connection. */
  @FunctionalInterface
  interface Work<T> {
    /**
     * Does it.
     *
     * @param again whether it was tried before, and may have been done
     */
    T on(Connection connection, boolean again) throws SQLException, IOException;
  }

  Connections(Source source) {
    this.source = source;
  }

  <T> T run(Work<T> work) throws IOException {
    long begun = System.nanoTime();
    int pause = 1;
    boolean again = false;
    while (true) {
      try {
        return once(work, again);
      } catch (SQLException e) {
        if (!isPassing(e) || System.nanoTime() - begun > PATIENCE.toNanos()) {
          throw new IOException("the catalogue's database: " + e.getMessage(), e);
        }
        again = true;
        pause(pause);
        pause = Math.min(2 * pause, LONGEST_PAUSE_MILLIS);
      }
    }
  }

  private <T> T once(Work<T> work, boolean again) throws SQLException, IOException {
    permits.acquireUninterruptibly();
    try {
      Connection connection = take();
      boolean good = false;
      try {
        T result = work.on(connection, again);
        good = true;
        return result;
      } finally {
        giveBack(connection, good);
      }
    } finally {
      permits.release();
    }
  }

  private Connection take() throws SQLException, IOException {
    synchronized (this) {
      if (closed) {
        throw new IOException("the catalogue is closed");
      }
      Connection connection = idle.pollFirst();
      if (connection != null) {
        return connection;
      }
    }
    Connection connection = source.open();
    try {
      Dialect.of(connection).open(connection);
    } catch (SQLException | RuntimeException e) {
      close(connection);
      throw e;
    }
    return connection;
  }

  private void giveBack(Connection connection, boolean good) {
    synchronized (this) {
      if (good && !closed) {
        idle.addFirst(connection);
        return;
      }
    }
    close(connection);
    if (!good) {
      // If the database was away, the other connections are lost as well.
      closeIdle();
    }
  }

  private void closeIdle() {
    while (true) {
      Connection connection;
      synchronized (this) {
        connection = idle.pollFirst();
      }
      if (connection == null) {
        return;
      }
      close(connection);
    }
  }

  private static void close(Connection connection) {
    try {
      connection.close();
    } catch (SQLException e) {
      // The connection is lost.
    }
  }

  /** Returns whether the same may succeed a moment later. */
  private static boolean isPassing(SQLException e) {
    String state = e.getSQLState();
    return e instanceof SQLTransientException
        || e instanceof SQLRecoverableException
        || e instanceof SQLNonTransientConnectionException
        // Lost connections, deadlocks, a server that stops or starts.
        || (state != null
            && (state.startsWith("08") || state.startsWith("40") || state.startsWith("57P0")))
        || String.valueOf(e.getMessage()).startsWith("[SQLITE_BUSY");
  }

  private static void pause(int millis) throws InterruptedIOException {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while the catalogue's database was away");
    }
  }

  @Override
  public void close() {
    synchronized (this) {
      closed = true;
    }
    closeIdle();
  }
}
