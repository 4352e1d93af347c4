package io.diskformat.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.CreateOptions;
import io.diskformat.DiskImages;
import io.diskformat.testing.EncryptedImage;
import io.diskformat.testing.Oracle;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The verbs that only describe do with the few jars that the launcher gives them. */
class ShortClassPathTest {
  private static final String DESCRIPTOR =
      """
      # Disk DescriptorFile
      version=1
      createType="custom"
      RW 2048 ZERO
      """;

  private static final String JARS = "(diskformat-|gson|jna-).*";

  @TempDir Path directory;

  /** Directories are modules that were built without being packed. */
  private static String classPath(String jars) {
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
        .filter(entry ->
            !entry.endsWith(".jar") || Path.of(entry).getFileName().toString().matches(jars))
        .collect(Collectors.joining(File.pathSeparator));
  }

  private static Oracle.Result run(String jars, Object... arguments) {
    return run(List.of(), jars, arguments);
  }

  private static Oracle.Result run(List<String> options, String jars, Object... arguments) {
    List<Object> words = new ArrayList<>(options);
    words.addAll(
        List.of(
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            classPath(jars),
            "io.diskformat.cli.Main"));
    words.addAll(List.of(arguments));
    return Oracle.java().run(words.toArray());
  }

  @Test
  void infoOfEachFormat() throws IOException {
    Path files = Files.createDirectory(directory.resolve("files"));
    Files.writeString(files.resolve("file"), "content");
    for (String format : DiskImages.formats()) {
      Path image = directory.resolve("x." + format);
      switch (format) {
        case "vmdk" -> Files.writeString(image, DESCRIPTOR);
        case "iso" ->
            Oracle.of("xorriso").run("-as", "mkisofs", "-quiet", "-o", image, files).orFail();
        case "luks" -> {
          EncryptedImage luks = new EncryptedImage(image, format, "secret");
          DiskImages.create(image, luks.creation(1 << 20, Map.of()));
        }
        default -> DiskImages.create(image, CreateOptions.format(format).size(1 << 20));
      }
      Oracle.Result result = run(JARS, "info", image).orFail();
      assertTrue(result.output().contains("file format: " + format), result.output());
    }
  }

  @Test
  void formatsAreThoseThatThePropertyNames() {
    String property = "-Dio.diskformat.formats=";
    List<String> two =
        List.of(property + "io.diskformat.raw.RawFormat,io.diskformat.qcow2.Qcow2Format");
    assertEquals("qcow2\nraw\n", run(two, JARS, "formats").orFail().output());
    for (String none : List.of("io.diskformat.NoFormat", "java.lang.String")) {
      Oracle.Result result = run(List.of(property + none), JARS, "formats");
      assertNotEquals(0, result.exitCode());
      assertTrue(result.error().contains("no format: " + none), result.error());
    }
  }

  @Test
  void aCipherWhoseLibraryIsMissingIsRefusedByName() {
    Path image = directory.resolve("x.luks");
    for (String algorithm : List.of("cipher-alg=serpent-256", "hash-alg=ripemd160")) {
      Oracle.Result result =
          run(
              "(?!bcprov).*",
              "create",
              "--object",
              "secret,id=s,data=x",
              "-f",
              "luks",
              "-o",
              "key-secret=s," + algorithm,
              image,
              "1M");
      assertEquals(1, result.exitCode(), result.error());
      assertTrue(result.error().contains("add org.bouncycastle:bcprov-jdk18on"), result.error());
      assertFalse(Files.exists(image));
    }
  }
}
