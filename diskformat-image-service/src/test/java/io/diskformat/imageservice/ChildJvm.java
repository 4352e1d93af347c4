package io.diskformat.imageservice;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Starts processes with the class path of this one. Most of what a short one costs is to load
 * classes: so what many processes load is kept in an archive, of which a process takes what it
 * needs at once.
 */
final class ChildJvm {
  private static final List<String> OPTIONS =
      List.of(
          "-XX:+UseSerialGC",
          "-XX:TieredStopAtLevel=1",
          "-Xmx192m",
          "--enable-native-access=ALL-UNNAMED");

  /** What was verified in this process need not be again. */
  private static final List<String> UNVERIFIED =
      List.of("-XX:+UnlockDiagnosticVMOptions", "-XX:-BytecodeVerificationRemote");

  private final Path scratch;
  private final String classPath;
  private final List<String> options;

  private ChildJvm(Path scratch, String classPath, List<String> options) {
    this.scratch = scratch;
    this.classPath = classPath;
    this.options = options;
  }

  /**
   * Prepares for a few processes.
   *
   * @param scratch where they have their temporary files
   */
  static ChildJvm forFew(Path scratch) {
    return new ChildJvm(scratch, System.getProperty("java.class.path"), UNVERIFIED);
  }

  /**
   * Prepares for many, by one that ends by itself.
   *
   * @param scratch where they have their temporary files, and their classes are
   */
  static ChildJvm forMany(Path scratch, Class<?> main, List<String> arguments) throws IOException {
    String classPath = jars(Files.createDirectories(scratch.resolve("classes")));
    Path archive = scratch.resolve("classes.aot");
    Process training =
        new ChildJvm(scratch, classPath, List.of("-XX:AOTCacheOutput=" + archive))
            .builder(main, arguments)
            .redirectErrorStream(true)
            .redirectOutput(scratch.resolve("training.log").toFile())
            .start();
    try {
      if (training.waitFor() != 0 || !Files.exists(archive)) {
        throw new IOException("no archive: " + Files.readString(scratch.resolve("training.log")));
      }
    } catch (InterruptedException e) {
      throw new IOException(e);
    } finally {
      training.destroyForcibly();
    }
    return new ChildJvm(scratch, classPath, List.of("-XX:AOTCache=" + archive, "-XX:AOTMode=on"));
  }

  /** An archive is of jars only, each directory of classes becomes one. */
  private static String jars(Path directory) throws IOException {
    List<String> jars = new ArrayList<>();
    for (String element : System.getProperty("java.class.path").split(":", -1)) {
      Path path = Path.of(element);
      if (Files.isDirectory(path)) {
        Path jar = directory.resolve(jars.size() + ".jar");
        jar(path, jar);
        jars.add(jar.toString());
      } else if (Files.exists(path)) {
        jars.add(element);
      }
    }
    return String.join(":", jars);
  }

  private static void jar(Path directory, Path jar) throws IOException {
    List<Path> files;
    try (Stream<Path> all = Files.walk(directory)) {
      files = all.filter(Files::isRegularFile).toList();
    }
    try (OutputStream file = Files.newOutputStream(jar);
        ZipOutputStream zip = new ZipOutputStream(file)) {
      zip.setLevel(0);
      for (Path each : files) {
        zip.putNextEntry(new ZipEntry(directory.relativize(each).toString()));
        long _ = Files.copy(each, zip);
      }
    }
  }

  /** Deletes what processes leave that are killed: each unpacks the library of its database. */
  void tidyUp() throws IOException {
    try (DirectoryStream<Path> left = Files.newDirectoryStream(scratch, "sqlite-*")) {
      for (Path file : left) {
        Files.delete(file);
      }
    }
  }

  /** Returns what starts a process, whose errors are seen in this one's. */
  ProcessBuilder builder(Class<?> main, List<String> arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(OPTIONS);
    command.addAll(options);
    command.addAll(List.of("-Djava.io.tmpdir=" + scratch, "-cp", classPath, main.getName()));
    command.addAll(arguments);
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
    // The keys of a store, if there is one.
    for (String key : List.of("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")) {
      String _ = builder.environment().put(key, "diskformat");
    }
    return builder;
  }
}
