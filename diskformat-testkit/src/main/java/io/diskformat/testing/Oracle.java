package io.diskformat.testing;

import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A reference tool, run as a process of its own, whose answer a test compares with the library's.
 *
 * <pre>{@code
 * Oracle.qemuImg("create", "-f", "raw", path, "1M").orFail();
 * int code = Oracle.qemuImg("compare", a, b).exitCode();
 * String sum = Oracle.of("sha256sum").input(bytes).run().orFail().output();
 * }</pre>
 *
 * <p>Where the tool is not installed the test is skipped, or, with the system property {@code
 * diskformat.oracles} set to {@code required}, fails. Immutable: each setting returns another
 * object.
 */
public final class Oracle {
  /** How long a tool may take, unless a test says otherwise. */
  public static final Duration TIMEOUT = Duration.ofSeconds(60);

  /** What qemu-img says if it could not measure how long a passphrase takes on a busy machine. */
  private static final String TOO_BUSY = "Unable to get accurate CPU usage";

  private static final int MOST_ATTEMPTS = 50;
  private static final Map<String, Optional<Path>> FOUND = new ConcurrentHashMap<>();

  private final Path executable;
  private final Duration timeout;
  private final @Nullable Path directory;
  private final byte[] input;

  private Oracle(Path executable, Duration timeout, @Nullable Path directory, byte[] input) {
    this.executable = executable;
    this.timeout = timeout;
    this.directory = directory;
    this.input = input;
  }

  /**
   * What a tool answered.
   *
   * @param command the tool and its arguments
   * @param exitCode the process' exit code
   * @param output what it wrote to its standard output, as UTF-8
   * @param error what it wrote to its standard error, as UTF-8
   */
  public record Result(List<String> command, int exitCode, String output, String error) {

    /**
     * Returns this result, or fails the test with what the tool wrote, if the exit code is not 0.
     */
    public Result orFail() {
      return exitCode == 0 ? this : fail(toString());
    }

    /** Returns the command line, the exit code and all that was written, to be read by a person. */
    @Override
    public String toString() {
      return String.join(" ", command) + "\nexit code " + exitCode + "\n" + output + error;
    }
  }

  /** Returns whether a tool is installed, for tests that do something else where it is not. */
  public static boolean isInstalled(String tool) {
    return find(tool).isPresent();
  }

  /**
   * Returns an oracle, or skips or fails the test if it is not installed.
   *
   * @param tool the name of an executable, to be found on the path
   */
  public static Oracle of(String tool) {
    Optional<Path> executable = find(tool);
    if (executable.isEmpty()) {
      String message = "no " + tool + " on the path";
      if ("required".equals(System.getProperty("diskformat.oracles"))) {
        fail(message + ", and diskformat.oracles is \"required\"");
      }
      abort(message);
    }
    return new Oracle(executable.orElseThrow(), TIMEOUT, null, new byte[0]);
  }

  /**
   * Returns the JVM that the tests run in, for what needs a process of its own. Its arguments are
   * those of {@code java}, the class path being that of the tests.
   */
  public static Oracle java() {
    Path java = Path.of(System.getProperty("java.home"), "bin", "java");
    return new Oracle(java, TIMEOUT, null, new byte[0]);
  }

  /** Runs {@code qemu-img}. Each argument is passed as its {@code toString}. */
  public static Result qemuImg(Object... arguments) {
    return of("qemu-img").run(arguments);
  }

  /** Runs {@code qemu-io}. Each argument is passed as its {@code toString}. */
  public static Result qemuIo(Object... arguments) {
    return of("qemu-io").run(arguments);
  }

  /**
   * Returns this oracle with a limit of time, beyond which the process is killed and the test
   * fails.
   */
  public Oracle timeout(Duration limit) {
    return new Oracle(executable, limit, directory, input);
  }

  /** Returns this oracle running in a directory. */
  public Oracle in(Path workingDirectory) {
    return new Oracle(executable, timeout, workingDirectory, input);
  }

  /** Returns this oracle given {@code bytes} on its standard input; the array is not copied. */
  public Oracle input(byte[] bytes) {
    return new Oracle(executable, timeout, directory, bytes);
  }

  /** Returns this oracle given {@code text} on its standard input, as UTF-8. */
  public Oracle input(String text) {
    return input(text.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * Runs the tool and waits for its end, for which the limit of time is enough.
   *
   * @param arguments each is passed as its {@code toString}, without a shell
   */
  public Result run(Object... arguments) {
    return runIfItEnds(arguments)
        .orElseGet(() -> fail("not done after " + timeout + ": " + Arrays.toString(arguments)));
  }

  /**
   * Runs the tool, for input at which it may work for hours; returns nothing if it did not end
   * within the limit of time, and was killed.
   *
   * @param arguments each is passed as its {@code toString}, without a shell
   */
  public Optional<Result> runIfItEnds(Object... arguments) {
    List<String> command = new ArrayList<>();
    command.add(executable.toString());
    Arrays.stream(arguments).map(Object::toString).forEach(command::add);
    Path scratch = null;
    try {
      // Files and not pipes, so that no amount of output can make the process wait for us.
      scratch = Files.createTempDirectory("oracle");
      Optional<Result> result = run(command, scratch);
      for (int i = 0;
          i < MOST_ATTEMPTS && result.isPresent() && result.get().error().contains(TOO_BUSY);
          i++) {
        result = run(command, scratch);
      }
      return result;
    } catch (IOException e) {
      throw new UncheckedIOException(String.join(" ", command), e);
    } finally {
      delete(scratch);
    }
  }

  private Optional<Result> run(List<String> command, Path scratch) throws IOException {
    Path in = Files.write(scratch.resolve("in"), input);
    Path out = scratch.resolve("out");
    Path err = scratch.resolve("err");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectInput(in.toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile())
            .directory(directory == null ? null : directory.toFile());
    // Messages and numbers the same wherever the tests run.
    builder.environment().put("LC_ALL", "C");
    builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
    Process process = builder.start();
    boolean ended = false;
    try {
      ended = process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      if (!ended) {
        process.destroyForcibly();
      }
    }
    return ended
        ? Optional.of(
            new Result(List.copyOf(command), process.exitValue(), read(out), read(err)))
        : Optional.empty();
  }

  private static String read(Path file) throws IOException {
    return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
  }

  private static void delete(@Nullable Path scratch) {
    if (scratch == null) {
      return;
    }
    try {
      for (String name : List.of("in", "out", "err")) {
        Files.deleteIfExists(scratch.resolve(name));
      }
      Files.deleteIfExists(scratch);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Optional<Path> find(String tool) {
    return FOUND.computeIfAbsent(
        tool,
        name ->
            Arrays.stream(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
                .filter(directory -> !directory.isEmpty())
                .map(directory -> Path.of(directory, name))
                .filter(Files::isExecutable)
                .findFirst());
  }
}
