package io.diskformat.testing;

import com.google.common.collect.ImmutableMap;
import com.google.common.util.concurrent.internal.InternalFutureFailureAccess;
import com.sun.jna.Native;
import io.diskformat.DiskImages;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.module.ModuleFinder;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Assertions;

/** Another JVM, for tests of what depends on how a JVM is started. */
public final class ChildJvm {
  private static final String MODULE = "io.diskformat.core";
  private static final List<String> PLAIN = List.of("-Xmx256m", "-XX:+UseSerialGC");

  private final List<Class<?>> libraries;
  private final List<String> options;
  private final List<String> starter;
  private final boolean onModulePath;

  private ChildJvm(
      List<Class<?>> libraries, List<String> options, List<String> starter, boolean onModulePath) {
    this.libraries = libraries;
    this.options = options;
    this.starter = starter;
    this.onModulePath = onModulePath;
  }

  /** What the JVM returned and printed. */
  public record Result(int exitCode, String output, String error) {}

  /** Returns a JVM with what the core needs, JNA and the tests, which may call native methods. */
  public static ChildJvm of(Class<?> test) {
    return withoutJna(test).and(Native.class).options("--enable-native-access=ALL-UNNAMED");
  }

  /** Returns a JVM with what the core needs and the tests, but not JNA. */
  public static ChildJvm withoutJna(Class<?> test) {
    return new ChildJvm(
        List.of(
            test,
            ChildJvm.class,
            DiskImages.class,
            ImmutableMap.class,
            InternalFutureFailureAccess.class,
            Assertions.class,
            org.opentest4j.AssertionFailedError.class,
            org.junit.platform.commons.JUnitException.class),
        PLAIN,
        List.of(),
        false);
  }

  /** Returns a JVM with the core, and what that needs, as modules. */
  public static ChildJvm onModulePath() {
    return new ChildJvm(
        List.of(DiskImages.class, ImmutableMap.class, InternalFutureFailureAccess.class),
        PLAIN,
        List.of(),
        true);
  }

  /** Returns whether the core was compiled as a module, which a quick build may leave out. */
  public static boolean isCoreAModule() {
    return ModuleFinder.of(Path.of(placeOf(DiskImages.class))).find(MODULE).isPresent();
  }

  public ChildJvm and(Class<?> library) {
    List<Class<?>> more = new ArrayList<>(libraries);
    more.add(library);
    return new ChildJvm(more, options, starter, onModulePath);
  }

  public ChildJvm options(String... added) {
    List<String> more = new ArrayList<>(options);
    // The JVM takes one collector only.
    if (Arrays.stream(added).anyMatch(option -> option.endsWith("GC"))) {
      more.removeIf(option -> option.endsWith("GC"));
    }
    more.addAll(List.of(added));
    return new ChildJvm(libraries, more, starter, onModulePath);
  }

  /** Makes a program start the JVM: its command line comes after {@code command}. */
  public ChildJvm startedBy(String... command) {
    return new ChildJvm(libraries, options, List.of(command), onModulePath);
  }

  public Result run(Class<?> main, String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(starter);
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(options);
    String places =
        libraries.stream()
            .map(ChildJvm::placeOf)
            .distinct()
            .collect(Collectors.joining(File.pathSeparator));
    if (onModulePath) {
      command.addAll(List.of("--module-path", places));
      // The tests are in the packages of what they test.
      command.addAll(List.of("--patch-module", MODULE + "=" + placeOf(main)));
      command.addAll(List.of("--module", MODULE + "/" + main.getName()));
    } else {
      command.addAll(List.of("-cp", places, main.getName()));
    }
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
