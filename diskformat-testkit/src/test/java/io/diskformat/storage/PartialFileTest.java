package io.diskformat.storage;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.diskformat.CreateOptions;
import io.diskformat.DiskImages;
import io.diskformat.storage.FileStorage.Sharing;
import io.diskformat.testing.HookedFiles;
import java.io.BufferedReader;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a killed process left of a file is swept by the next that makes it, and nothing else is. */
final class PartialFileTest {
  private static final String RANDOM = "0123456789abcdef";
  private static final CreateOptions RAW = CreateOptions.format("raw").size(512).replaceExisting();
  private static final List<String> WITHOUT_JNA =
      List.of("-Djna.nosys=true", "-Djna.noclasspath=true", "-Djna.nounpack=true");

  @TempDir Path directory;
  private Path path;

  @BeforeEach
  void name() {
    path = directory.resolve("new.img");
  }

  private List<String> files() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  // What is swept

  @ParameterizedTest
  @ValueSource(strings = {"rw-r--r--", "r--------"})
  void whatNobodyHoldsIsSwept(String permissions) throws IOException {
    for (int i = 0; i < 3; i++) {
      Path left =
          Files.createFile(directory.resolve(".new.img." + i + RANDOM.substring(1) + ".partial"));
      Files.setPosixFilePermissions(
          left, java.nio.file.attribute.PosixFilePermissions.fromString(permissions));
    }
    DiskImages.create(path, RAW);
    assertEquals(List.of("new.img"), files());
    assertEquals(512, Files.size(path));
  }

  @Test
  void longNamesAreKnownByTheirPartialFiles() throws IOException {
    Path longer = directory.resolve("n".repeat(255));
    Path other = directory.resolve("n".repeat(254));
    String left = PartialNames.beside(longer).getFileName().toString();
    Files.createFile(directory.resolve(left));
    DiskImages.create(other, RAW);
    assertTrue(files().contains(left));
    DiskImages.create(longer, RAW);
    assertEquals(List.of("n".repeat(254), "n".repeat(255)), files());
  }

  @Test
  void whatIsNoPartialFileOfTheTargetStays() throws IOException {
    List<String> others =
        new ArrayList<>(
            List.of(
                ".new.img.partial",
                ".new.img." + RANDOM,
                ".new.img." + RANDOM + ".partial.bak",
                ".new.img." + RANDOM.substring(1) + ".partial",
                ".new.img." + RANDOM + "0.partial",
                ".new.img." + RANDOM.replace('a', 'x') + ".partial",
                ".new.img." + RANDOM + "." + RANDOM + ".partial",
                ".new." + RANDOM + ".partial",
                ".new.img2." + RANDOM + ".partial",
                "new.img." + RANDOM + ".partial",
                "." + RANDOM + ".partial"));
    for (String each : others) {
      Files.createFile(directory.resolve(each));
    }
    String sub = ".new.img.1" + RANDOM.substring(1) + ".partial";
    String link = ".new.img.2" + RANDOM.substring(1) + ".partial";
    Files.createDirectory(directory.resolve(sub));
    Files.createSymbolicLink(directory.resolve(link), Path.of(others.getFirst()));
    others.addAll(List.of(sub, link, "new.img"));
    DiskImages.create(path, RAW);
    assertEquals(others.stream().sorted().toList(), files());
  }

  @Test
  void whatAnotherDeviceHoldsStays() throws IOException {
    assumeTrue(NativeAccess.get() != null, "no native calls here");
    String left = ".new.img." + RANDOM + ".partial";
    Path file = Files.createFile(directory.resolve(left));
    for (boolean writable : new boolean[] {true, false}) {
      try (FileStorage user = FileStorage.open(file, writable, Sharing.LOCKED)) {
        DiskImages.create(path, RAW);
        assertEquals(0, user.size());
        assertEquals(List.of(left, "new.img"), files());
      }
    }
  }

  /** Files of another provider have no native locks, as files of hosts without JNA. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whatThisProcessIsMakingStays(boolean nativeLocks) throws IOException {
    Path named = nativeLocks ? path : new HookedFiles().path(path);
    try (NewFile first = NewFile.beside(named, true);
        NewFile second = NewFile.beside(named, true)) {
      first.storage().write(0, MemorySegment.ofArray(new byte[] {1}));
      second.storage().write(0, MemorySegment.ofArray(new byte[] {2}));
      first.storage().close();
      DiskImages.create(named, RAW);
      assertEquals(3, files().size());
      first.commit();
      assertArrayEquals(new byte[] {1}, Files.readAllBytes(path));
      second.commit();
    }
    assertArrayEquals(new byte[] {2}, Files.readAllBytes(path));
    assertEquals(List.of("new.img"), files());
  }

  /** A file is not even opened to see that: closing it would end the locks of this process. */
  @Test
  void whatThisProcessIsMakingIsNotTouched() throws IOException {
    HookedFiles hooked = new HookedFiles();
    try (NewFile first = NewFile.beside(hooked.path(path), true)) {
      String own = "open " + files().getFirst();
      List<String> seen = new ArrayList<>();
      hooked.hook((operation, done) -> seen.add(operation));
      DiskImages.create(hooked.path(path), RAW);
      assertTrue(seen.contains("list ."), seen.toString());
      assertFalse(seen.contains(own), seen.toString());
      assertFalse(first.storage().isClosed());
    }
  }

  // Of other processes

  /** Makes a file up to the phase that the second argument says, and waits to be killed. */
  static final class Maker {
    public static void main(String[] arguments) throws IOException {
      Path path = Path.of(arguments[0]);
      NewFile file = NewFile.beside(path, true);
      file.storage().write(0, MemorySegment.ofArray(new byte[100]));
      if (arguments[1].equals("closed")) {
        file.storage().close();
      }
      System.out.println("native calls: " + (NativeAccess.get() != null));
      var _ = System.in.read();
      file.commit();
      file.close();
    }
  }

  /** Makes a file, and so sweeps what was left of it. */
  static final class Sweeper {
    public static void main(String[] arguments) throws IOException {
      DiskImages.create(Path.of(arguments[0]), RAW);
    }
  }

  private static Process start(Class<?> main, boolean jna, String... arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx64m"));
    command.addAll(jna ? List.of("--enable-native-access=ALL-UNNAMED") : WITHOUT_JNA);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    command.addAll(Arrays.asList(arguments));
    return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
  }

  @ParameterizedTest
  @CsvSource({
    "open, true, true",
    "closed, true, true",
    "open, false, true",
    "open, true, false",
    "closed, true, false",
    "open, false, false"
  })
  @Timeout(120)
  void whatAnotherProcessIsMakingStaysUntilThatIsKilled(
      String phase, boolean makerHasJna, boolean sweeperHasJna) throws Exception {
    assumeTrue(NativeAccess.get() != null, "no native calls here");
    for (boolean killed : new boolean[] {true, false}) {
      Process maker = start(Maker.class, makerHasJna, path.toString(), phase);
      try (BufferedReader reported = maker.inputReader()) {
        assertEquals("native calls: " + makerHasJna, reported.readLine());
        List<String> before = files();
        sweep(sweeperHasJna);
        List<String> during = new ArrayList<>(before);
        during.remove("new.img");
        during.add("new.img");
        assertEquals(during, files());
        if (killed) {
          maker.destroyForcibly().waitFor();
          sweep(sweeperHasJna);
          assertEquals(512, Files.size(path));
        } else {
          maker.outputWriter().append('\n').close();
          assertTrue(maker.waitFor(60, TimeUnit.SECONDS));
          assertEquals(0, maker.exitValue());
          assertEquals(100, Files.size(path));
        }
        assertEquals(List.of("new.img"), files());
      } finally {
        maker.destroyForcibly();
      }
    }
  }

  private void sweep(boolean jna) throws Exception {
    Process sweeper = start(Sweeper.class, jna, path.toString());
    assertTrue(sweeper.waitFor(60, TimeUnit.SECONDS));
    assertEquals(0, sweeper.exitValue());
  }

  // Two at once

  /** Whenever a sweeper comes between a file and its lock, the file is made again. */
  @Test
  void aMakerWhoseFileIsSweptBeginsAgain() throws IOException {
    HookedFiles files = new HookedFiles();
    for (int step = 0; step < 8; step++) {
      AtomicInteger at = new AtomicInteger(-1);
      int swept = step;
      List<String> seen = new ArrayList<>();
      files.hook((operation, done) -> {
        if (!operation.endsWith(".partial") || !done) {
          return;
        }
        seen.add(operation);
        if (at.incrementAndGet() == swept) {
          Files.delete(directory.resolve(operation.substring(operation.lastIndexOf(' ') + 1)));
        }
      });
      DiskImages.create(files.path(path), RAW);
      long made = seen.stream().filter(operation -> operation.startsWith("make")).count();
      assertEquals(2, made, "step " + step + ": " + seen);
      assertEquals(List.of("new.img"), files());
      assertEquals(512, Files.size(path));
    }
  }

  @Test
  void aMakerDoesNotBeginAgainForever() {
    HookedFiles files = new HookedFiles();
    files.hook((operation, done) -> {
      if (done && operation.startsWith("make")) {
        Files.delete(directory.resolve(operation.substring(operation.lastIndexOf(' ') + 1)));
      }
    });
    assertThrows(IOException.class, () -> DiskImages.create(files.path(path), RAW));
  }

  /** A second name of the old file is all that is left of a process killed while it replaces it. */
  @Test
  void theSecondNameOfAReplacedFileIsSwept() throws IOException {
    byte[] old = {1, 2, 3};
    Files.write(path, old);
    Files.createLink(directory.resolve(".new.img." + RANDOM + ".partial"), path);
    DiskImages.create(path, RAW);
    assertEquals(List.of("new.img"), files());
    assertEquals(512, Files.size(path));
  }
}
