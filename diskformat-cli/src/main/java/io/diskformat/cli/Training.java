package io.diskformat.cli;

import com.sun.jna.Platform;
import io.diskformat.spi.DiskFormat;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.ServiceLoader;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Runs the verbs that people wait for, in one process and without output, while the JVM records
 * what to keep in a cache that makes the next starts quick.
 */
final class Training {
  /** Names the classes of the formats. */
  private static final String FORMATS = "io.diskformat.formats";

  private static final List<String> DISKS = List.of("raw", "qcow2", "vdi", "vmdk");

  /** The size of the disk that is converted, in bytes: some windows, for all workers. */
  private static final int CONVERTED = 8 << 20;

  private Training() {}

  public static void main(String[] args) throws IOException, ClassNotFoundException {
    // Main is compiled separately, so only its name is known here.
    Class.forName("io.diskformat.cli.Main");
    Path directory = Path.of(args[0]);
    unpackNatives(directory);
    nameFormats(directory);
    System.setOut(new PrintStream(OutputStream.nullOutputStream(), false));
    System.setErr(new PrintStream(OutputStream.nullOutputStream(), false));
    Path images = Files.createTempDirectory("diskformat");
    try {
      Path image = images.resolve("a.qcow2");
      String qcow2 = image.toString();
      DemoImage.write(image);
      String raw = images.resolve("a.raw").toString();
      inform(qcow2);
      if (args[1].equals("info")) {
        return;
      }
      run("--help");
      run("help", "info");
      run("create", "-f", "qcow2", "-o", "help");
      run("completion", "bash");
      run("map", "--output=json", qcow2);
      run("convert", "-p", "-O", "raw", qcow2, raw);
      run("convert", "-c", "-O", "qcow2", raw, images.resolve("c.qcow2").toString());
      run("info", raw);
      run("map", raw);
      run("compare", qcow2, raw);
      run("hash", qcow2);
      run("create", "-f", "raw", raw, "1M");
      run("resize", "-f", "raw", raw, "2M");
      convertEach(images);
    } finally {
      delete(images);
    }
  }

  /** Runs verbs that take little more time than the start of the JVM. */
  private static void inform(String image) {
    run("--version");
    run("formats");
    run("info", image);
    run("info", "--output=json", "--backing-chain", image);
    run("info", image + ".none");
  }

  /** Converts a disk from each format to each. */
  private static void convertEach(Path images) throws IOException {
    byte[] bytes = new byte[CONVERTED];
    new Random(1).nextBytes(bytes);
    Path raw = Files.write(images.resolve("from.raw"), bytes);
    for (String from : DISKS) {
      String source = images.resolve("from." + from).toString();
      if (!from.equals("raw")) {
        run("convert", "-f", "raw", "-O", from, raw.toString(), source);
      }
      for (String to : DISKS) {
        run("convert", "-f", from, "-O", to, source, images.resolve("to." + to).toString());
      }
    }
  }

  /** Records which formats there are, so that the next starts need not look for them. */
  private static void nameFormats(Path directory) throws IOException {
    String formats =
        ServiceLoader.load(DiskFormat.class).stream()
            .map(format -> format.type().getName())
            .collect(Collectors.joining(","));
    Files.createDirectories(directory);
    Files.writeString(directory.resolve("formats"), formats + System.lineSeparator());
    var _ = System.setProperty(FORMATS, formats);
  }

  /** Puts JNA's native library where JNA looks first. */
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
    // If a verb fails here, it only starts more slowly later.
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
