package io.diskformat.storage;

import com.google.common.collect.ImmutableMap;
import com.google.common.util.concurrent.internal.InternalFutureFailureAccess;
import com.sun.jna.Native;
import io.diskformat.DiskImages;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Assertions;

/** Another JVM, for what depends on how it is started. */
final class ChildJvm {
  private final List<Class<?>> libraries;
  private final List<String> options;

  private ChildJvm(List<Class<?>> libraries, List<String> options) {
    this.libraries = libraries;
    this.options = options;
  }

  /** What came of it. */
  record Result(int exitCode, String output, String error) {}

  /** A JVM that has what the core needs, JNA, the tests, and calls native methods unasked. */
  static ChildJvm of(Class<?> test) {
    return withoutJna(test).and(Native.class).options("--enable-native-access=ALL-UNNAMED");
  }

  /** A JVM that has what the core needs, and the tests. */
  static ChildJvm withoutJna(Class<?> test) {
    return new ChildJvm(
        List.of(
            test,
            DiskImages.class,
            ImmutableMap.class,
            InternalFutureFailureAccess.class,
            Assertions.class,
            org.opentest4j.AssertionFailedError.class,
            org.junit.platform.commons.JUnitException.class),
        List.of("-Xmx256m", "-XX:+UseSerialGC"));
  }

  ChildJvm and(Class<?> library) {
    List<Class<?>> more = new ArrayList<>(libraries);
    more.add(library);
    return new ChildJvm(more, options);
  }

  ChildJvm options(String... added) {
    List<String> more = new ArrayList<>(options);
    // One collector only.
    if (Arrays.stream(added).anyMatch(option -> option.endsWith("GC"))) {
      more.removeIf(option -> option.endsWith("GC"));
    }
    more.addAll(List.of(added));
    return new ChildJvm(libraries, more);
  }

  Result run(Class<?> main, String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(options);
    command.add("-cp");
    command.add(
        libraries.stream()
            .map(ChildJvm::placeOf)
            .distinct()
            .collect(Collectors.joining(File.pathSeparator)));
    command.add(main.getName());
    command.addAll(List.of(arguments));
    Path output = java.nio.file.Files.createTempFile("child", ".out");
    Path error = java.nio.file.Files.createTempFile("child", ".err");
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectOutput(output.toFile())
              .redirectError(error.toFile())
              .start();
      boolean ended = process.waitFor(60, TimeUnit.SECONDS);
      if (!ended) {
        process.destroyForcibly();
      }
      return new Result(ended ? process.exitValue() : -1, text(output), text(error));
    } finally {
      java.nio.file.Files.delete(output);
      java.nio.file.Files.delete(error);
    }
  }

  private static String text(Path file) throws IOException {
    return java.nio.file.Files.readString(file, StandardCharsets.UTF_8);
  }

  private static String placeOf(Class<?> type) {
    try {
      return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI()).toString();
    } catch (URISyntaxException e) {
      throw new UncheckedIOException(new IOException(e));
    }
  }
}
