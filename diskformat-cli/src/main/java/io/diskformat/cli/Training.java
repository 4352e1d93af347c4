package io.diskformat.cli;

import com.sun.jna.Platform;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * Runs the verbs that people wait for, in one process and without output, while the JVM records
 * what to keep in the cache that makes the next starts quick.
 */
final class Training {
  private Training() {}

  public static void main(String[] args) throws IOException, ClassNotFoundException {
    // Compiled apart, so it has no other name here.
    Class.forName("io.diskformat.cli.Main");
    unpackNatives(Path.of(args[0]));
    System.setOut(new PrintStream(OutputStream.nullOutputStream(), false));
    System.setErr(new PrintStream(OutputStream.nullOutputStream(), false));
    Path directory = Files.createTempDirectory("diskformat");
    try {
      Path image = directory.resolve("a.qcow2");
      DemoImage.write(image);
      String qcow2 = image.toString();
      String raw = directory.resolve("a.raw").toString();
      run("--version");
      run("--help");
      run("info", "--help");
      run("info", qcow2);
      run("info", "--output=json", "--backing-chain", qcow2);
      run("map", "--output=json", qcow2);
      run("convert", "-p", "-O", "raw", qcow2, raw);
      run("info", raw);
      run("map", raw);
      run("compare", qcow2, raw);
      run("hash", qcow2);
      run("create", "-f", "raw", raw, "1M");
      run("resize", "-f", "raw", raw, "2M");
      run("info", qcow2 + ".none");
    } finally {
      delete(directory);
    }
  }

  /** Puts JNA's own library where it is looked for first. */
  private static void unpackNatives(Path directory) throws IOException {
    String name = System.mapLibraryName("jnidispatch");
    String resource = "/com/sun/jna/" + Platform.RESOURCE_PREFIX + "/" + name;
    try (InputStream library = Platform.class.getResourceAsStream(resource)) {
      if (library != null) {
        Files.createDirectories(directory);
        Files.copy(library, directory.resolve(name), StandardCopyOption.REPLACE_EXISTING);
      }
    }
  }

  private static void run(String... args) {
    // A verb that fails here is one that starts more slowly later, no more.
    int _ = DiskformatCommand.run(args);
  }

  private static void delete(Path directory) throws IOException {
    List<Path> files;
    try (Stream<Path> walk = Files.walk(directory)) {
      files = walk.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path file : files) {
      Files.delete(file);
    }
  }
}
