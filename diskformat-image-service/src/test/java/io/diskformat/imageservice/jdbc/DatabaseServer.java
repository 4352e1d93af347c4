package io.diskformat.imageservice.jdbc;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.diskformat.testing.Oracle;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A database server of a test's own, in a directory of its own. What it writes is not made durable:
 * it is killed here, and its machine is not.
 */
final class DatabaseServer implements AutoCloseable {
  /** However loaded the machine is. */
  private static final int MOST_SECONDS = 600;

  private final Path directory;
  private final List<String> command;
  private final String url;
  private Process process;

  private DatabaseServer(Path directory, List<String> command, String url) throws IOException {
    this.directory = directory;
    this.command = command;
    this.url = url;
    try {
      start();
    } catch (IOException | RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  /** Starts PostgreSQL, or skips the test where it is not installed. */
  static DatabaseServer postgres() throws IOException {
    String initdb = find("initdb");
    String postgres = find("postgres");
    Path directory = directory();
    List<String> user = new ArrayList<>();
    if (isRoot()) {
      // As which it refuses to run.
      Files.setOwner(
          directory,
          directory
              .getFileSystem()
              .getUserPrincipalLookupService()
              .lookupPrincipalByName("postgres"));
      user.addAll(List.of("setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"));
    }
    Path data = directory.resolve("data");
    run(
        directory,
        user,
        initdb,
        "-N",
        "-D",
        data.toString(),
        "-A",
        "trust",
        "-U",
        "postgres",
        "-E",
        "UTF8",
        "--locale=C");
    int port = port();
    List<String> command = new ArrayList<>(user);
    command.addAll(
        List.of(postgres, "-D", data.toString(), "-p", "" + port, "-k", directory.toString()));
    for (String setting :
        List.of("listen_addresses=127.0.0.1", "fsync=off", "shared_buffers=8MB")) {
      command.addAll(List.of("-c", setting));
    }
    return new DatabaseServer(
        directory,
        command,
        "jdbc:postgresql://127.0.0.1:" + port + "/postgres?user=postgres&sslmode=disable");
  }

  /** Starts MariaDB, or skips the test where it is not installed. */
  static DatabaseServer mariadb() throws IOException {
    String server = find("mariadbd");
    String install = find("mariadb-install-db");
    Path directory = directory();
    Path data = directory.resolve("data");
    List<String> user = isRoot() ? List.of("--user=root") : List.of();
    List<String> initialization =
        new ArrayList<>(
            List.of(
                install,
                "--no-defaults",
                "--datadir=" + data,
                "--auth-root-authentication-method=normal",
                "--skip-test-db",
                "--skip-name-resolve"));
    initialization.addAll(user);
    run(directory, initialization);
    int port = port();
    List<String> command =
        new ArrayList<>(
            List.of(
                server,
                "--no-defaults",
                "--datadir=" + data,
                "--socket=" + directory.resolve("s"),
                "--port=" + port,
                "--bind-address=127.0.0.1",
                "--skip-name-resolve",
                "--innodb-flush-log-at-trx-commit=2",
                "--innodb-buffer-pool-size=16M"));
    command.addAll(user);
    return new DatabaseServer(
        directory,
        command,
        "jdbc:mariadb://127.0.0.1:"
            + port
            + "/images?createDatabaseIfNotExist=true&user=root&sslMode=disable");
  }

  /** Where both servers may put their files; a socket's name is short. */
  private static Path directory() throws IOException {
    Path directory = Files.createTempDirectory(Path.of("/tmp"), "db");
    return Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private static boolean isRoot() {
    return System.getProperty("user.name").equals("root");
  }

  private static int port() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  /** Finds what is not on everybody's path. */
  private static String find(String tool) throws IOException {
    List<Path> directories = new ArrayList<>();
    for (String path : System.getenv().getOrDefault("PATH", "").split(File.pathSeparator, -1)) {
      directories.add(Path.of(path));
    }
    directories.add(Path.of("/usr/sbin"));
    Path versions = Path.of("/usr/lib/postgresql");
    if (Files.isDirectory(versions)) {
      try (Stream<Path> all = Files.list(versions)) {
        all.map(version -> version.resolve("bin")).forEach(directories::add);
      }
    }
    for (Path path : directories) {
      Path file = path.resolve(tool);
      if (Files.isExecutable(file)) {
        return file.toString();
      }
    }
    Oracle _ = Oracle.of(tool);
    throw new AssertionError(tool);
  }

  private static void run(Path directory, List<String> user, String... command) throws IOException {
    List<String> all = new ArrayList<>(user);
    all.addAll(List.of(command));
    run(directory, all);
  }

  private static void run(Path directory, List<String> command) throws IOException {
    Process process = start(directory, command);
    try {
      assertTrue(process.waitFor(MOST_SECONDS, TimeUnit.SECONDS), () -> "hangs: " + command);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      process.destroyForcibly();
    }
    if (process.exitValue() != 0) {
      fail(command + "\n" + Files.readString(directory.resolve("log")));
    }
  }

  private static Process start(Path directory, List<String> command) throws IOException {
    File log = directory.resolve("log").toFile();
    return new ProcessBuilder(command)
        .directory(directory.toFile())
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(log))
        .start();
  }

  String url() {
    return url;
  }

  /** Starts it, after it was killed. */
  void start() throws IOException {
    process = start(directory, command);
    long begun = System.nanoTime();
    while (true) {
      try (Connection _ = DriverManager.getConnection(url)) {
        return;
      } catch (SQLException e) {
        if (!process.isAlive() || System.nanoTime() - begun > MOST_SECONDS * 1_000_000_000L) {
          fail(command + "\n" + Files.readString(directory.resolve("log")), e);
        }
        nap();
      }
    }
  }

  private static void nap() {
    try {
      Thread.sleep(20);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Ends it as a crash does. */
  void kill() throws IOException {
    // PostgreSQL ends all of its processes so; MariaDB is one.
    String signal = command.toString().contains("postgres") ? "-QUIT" : "-KILL";
    run(directory, List.of("kill", signal, "" + process.pid()));
    try {
      assertTrue(process.waitFor(MOST_SECONDS, TimeUnit.SECONDS), "does not end");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Runs statements. */
  void execute(String... statements) throws IOException {
    try (Connection connection = DriverManager.getConnection(url);
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        boolean _ = statement.execute(sql);
      }
    } catch (SQLException e) {
      throw new IOException(e);
    }
  }

  @Override
  public void close() throws IOException {
    if (process.isAlive()) {
      kill();
    }
    Files.walkFileTree(
        directory,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path path, IOException e) throws IOException {
            Files.delete(path);
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
