package io.diskformat.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The script that starts the tool, in a checkout with a small program in place of the tool. */
@Timeout(60)
class LauncherTest {
  private static final String PROGRAM =
      """
      package io.diskformat.cli;
      class Main {
        public static void main(String[] args) {
          System.out.print(java.nio.file.Files.exists(java.nio.file.Path.of(args[0])));
        }
      }
      """;

  @TempDir Path directory;
  private Path root;
  private Path source;

  @BeforeEach
  void makeCheckout() throws IOException {
    assumeTrue(File.separatorChar == '/');
    // Others may look into it, too.
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
    root = Files.createDirectory(directory.resolve("checkout"));
    Files.copy(Path.of("../diskformat"), root.resolve("diskformat"));
    Files.createFile(root.resolve("pom.xml"));
    Path module = Files.createDirectory(root.resolve("diskformat-cli"));
    Files.createFile(module.resolve("pom.xml"));
    source = Files.createDirectories(module.resolve("src/main")).resolve("Main.java");
    Files.writeString(source, PROGRAM);
    makeJar(Files.createDirectory(module.resolve("target")).resolve("diskformat-cli.jar"));
  }

  private void makeJar(Path jar) throws IOException {
    Path classes = Files.createDirectory(directory.resolve("classes"));
    int status =
        ToolProvider.getSystemJavaCompiler()
            .run(
                null,
                OutputStream.nullOutputStream(),
                System.err,
                "-proc:none",
                "-d",
                classes.toString(),
                source.toString());
    assertEquals(0, status);
    try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar))) {
      out.putNextEntry(new JarEntry("io/diskformat/cli/Main.class"));
      Files.copy(classes.resolve("io/diskformat/cli/Main.class"), out);
    }
  }

  private record Result(int status, String output) {}

  private Result run(String locale, String... prefix) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(prefix));
    command.addAll(List.of("sh", "-c", "\"$0\" \"$(printf '\\303\\251.raw')\""));
    command.add(root.resolve("diskformat").toString());
    ProcessBuilder builder = new ProcessBuilder(command).directory(directory.toFile());
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.environment().put("LC_ALL", locale);
    // Nothing is built here.
    builder.environment().put("PATH", "/usr/bin:/bin:/nonexistent");
    Process process = builder.redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Result(process.waitFor(), output);
  }

  /** Makes a file whose name is not ASCII, by its bytes in UTF-8. */
  private void makeFile() throws IOException, InterruptedException {
    assertEquals(
        0,
        new ProcessBuilder("sh", "-c", ": > \"$(printf '\\303\\251.raw')\"")
            .directory(directory.toFile())
            .start()
            .waitFor());
  }

  @Test
  void namesAreUtf8InTheLocaleOfC() throws IOException, InterruptedException {
    makeFile();
    for (String locale : List.of("C", "POSIX", "C.UTF-8", "xx_XX.nonesuch", "")) {
      assertEquals(new Result(0, "true"), run(locale), locale);
    }
  }

  /** Ciphers that are none of the JDK's are there for whoever says a passphrase, and for a hash. */
  @Test
  void theLargeLibraryIsThereWhereItMayBeNeeded() throws IOException, InterruptedException {
    makeFile();
    assertTrue(classPath("hash", "x").contains("bcprov-jdk18on.jar"));
    for (String verb : List.of("info", "create", "convert")) {
      String without = classPath(verb, "x");
      assertTrue(without.contains("diskformat-cli.jar"), without);
      assertFalse(without.contains("bcprov"), without);
      String with = classPath(verb, "--object", "secret,id=s,data=x", "x");
      assertTrue(with.contains("bcprov-jdk18on.jar"), with);
    }
  }

  private String classPath(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(root.resolve("diskformat").toString()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).directory(directory.toFile());
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.environment().put("DISKFORMAT_OPTS", "-XshowSettings:properties");
    builder.environment().put("PATH", "/usr/bin:/bin:/nonexistent");
    Process process = builder.redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), output);
    return output;
  }

  /** As a copy may well be, whose files were made in any order. */
  private void makeSourcesNewer() throws IOException {
    Files.setLastModifiedTime(source, FileTime.from(Instant.now().plusSeconds(60)));
  }

  private Result runAsSomebodyWhoMayNotWrite() throws IOException, InterruptedException {
    if (!Files.getOwner(root).getName().equals("root")) {
      Files.setPosixFilePermissions(root, PosixFilePermissions.fromString("r-xr-xr-x"));
      try {
        return run("C");
      } finally {
        Files.setPosixFilePermissions(root, PosixFilePermissions.fromString("rwxr-xr-x"));
      }
    }
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/setpriv")));
    return run("C", "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups");
  }

  @Test
  void runsForWhoMayNotBuildThoughSourcesAreNewer() throws IOException, InterruptedException {
    makeFile();
    makeSourcesNewer();
    assertEquals(new Result(0, "true"), runAsSomebodyWhoMayNotWrite());
  }

  @Test
  void runsTheBuildOfTheOtherKindForWhoMayNotBuild() throws IOException, InterruptedException {
    makeFile();
    makeSourcesNewer();
    Path target = root.resolve("diskformat-cli/target");
    Path quick = Files.createDirectory(target.resolve("quick"));
    Files.move(target.resolve("diskformat-cli.jar"), quick.resolve("diskformat-cli.jar"));
    assertEquals(new Result(0, "true"), runAsSomebodyWhoMayNotWrite());
  }

  @Test
  void saysWhyItCannotBeBuilt() throws IOException, InterruptedException {
    Files.delete(root.resolve("diskformat-cli/target/diskformat-cli.jar"));
    Result result = runAsSomebodyWhoMayNotWrite();
    assertEquals(1, result.status());
    assertTrue(result.output().contains("is not writable"), result.output());
  }
}
