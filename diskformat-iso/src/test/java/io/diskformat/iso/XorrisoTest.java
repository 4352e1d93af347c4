package io.diskformat.iso;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.diskformat.OpenOptions;
import io.diskformat.filesystem.DiskFileSystems;
import io.diskformat.testing.Oracle;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Images that xorriso makes of random trees hold those trees. */
final class XorrisoTest {
  @TempDir Path directory;

  private Path tree(long seed) throws IOException {
    Path tree = Files.createDirectory(directory.resolve("tree"));
    RandomTree.fill(tree, seed);
    return tree;
  }

  /** JUnit warns of those that lead out of its directory. */
  @AfterEach
  void deleteLinks() throws IOException {
    for (Path path : TreeComparison.files(directory).values()) {
      if (Files.isSymbolicLink(path)) {
        Files.delete(path);
      }
    }
  }

  private Path image() {
    return directory.resolve("made.iso");
  }

  private void assertHolds(Path tree, Map<String, String> choices) throws IOException {
    try (FileSystem files = DiskFileSystems.open(image(), OpenOptions.readOnly(), choices)) {
      TreeComparison.assertSame(tree, files.getPath("/"));
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void rockRidge(long seed) throws IOException {
    Path tree = tree(seed);
    Oracle.of("xorriso")
        .run("-as", "mkisofs", "-quiet", "-R", "-iso-level", "3", "-o", image(), tree)
        .orFail();
    assertHolds(tree, Map.of());
  }

  @ParameterizedTest
  @ValueSource(longs = {6, 7})
  void rockRidgeBesideJoliet(long seed) throws IOException {
    Path tree = tree(seed);
    Oracle.of("xorriso")
        .run("-as", "mkisofs", "-quiet", "-R", "-J", "-joliet-long", "-o", image(), tree)
        .orFail();
    assertHolds(tree, Map.of());
    assertHolds(tree, Map.of("tree", "rockridge"));
  }

  @ParameterizedTest
  @ValueSource(longs = {8, 9})
  void directoriesThatAreTooDeep(long seed) throws IOException {
    Path tree = tree(seed);
    Oracle.of("xorriso")
        .run(
            "-compliance",
            "deep_paths_off:long_paths_off",
            "-outdev",
            image(),
            "-map",
            tree,
            "/",
            "-commit")
        .orFail();
    assertHolds(tree, Map.of());
  }

  /** Joliet has neither modes nor links, and no more than 103 characters. */
  @Test
  void joliet() throws IOException {
    Path tree = Files.createDirectory(directory.resolve("tree"));
    Path inner = Files.createDirectory(tree.resolve("Ein Verzeichnis äöü"));
    Files.writeString(inner.resolve("日本語.txt"), "three");
    Files.writeString(tree.resolve("a long name ".repeat(8) + ".txt"), "four");
    Oracle.of("xorriso")
        .run(
            "-as",
            "mkisofs",
            "-quiet",
            "-input-charset",
            "utf-8",
            "-J",
            "-joliet-long",
            "-R",
            "-o",
            image(),
            tree)
        .orFail();
    try (FileSystem files =
        DiskFileSystems.open(image(), OpenOptions.readOnly(), Map.of("tree", "joliet"))) {
      assertEquals(
          TreeComparison.files(tree).keySet(), TreeComparison.files(files.getPath("/")).keySet());
      Path file = files.getPath("/", "Ein Verzeichnis äöü", "日本語.txt");
      assertEquals("three", Files.readString(file));
      assertEquals(
          Files.getLastModifiedTime(inner.resolve("日本語.txt")).toMillis() / 1000,
          Files.getLastModifiedTime(file, LinkOption.NOFOLLOW_LINKS).toMillis() / 1000);
    }
  }

  @Test
  void plainNames() throws IOException {
    Path tree = Files.createDirectory(directory.resolve("tree"));
    Files.writeString(Files.createDirectory(tree.resolve("SUB")).resolve("FILE.TXT"), "five");
    Files.writeString(tree.resolve("NOEXT"), "six");
    Oracle.of("xorriso").run("-as", "mkisofs", "-quiet", "--norock", "-o", image(), tree).orFail();
    try (FileSystem files = DiskFileSystems.open(image())) {
      assertEquals(
          TreeComparison.files(tree).keySet(), TreeComparison.files(files.getPath("/")).keySet());
      assertEquals("five", Files.readString(files.getPath("SUB", "FILE.TXT")));
    }
  }

  @Test
  void tellsHardLinksAndBrokenOnes() throws IOException {
    Path tree = Files.createDirectory(directory.resolve("tree"));
    Files.writeString(tree.resolve("a"), "content");
    Files.createLink(tree.resolve("b"), tree.resolve("a"));
    Files.createSymbolicLink(tree.resolve("to b"), Path.of("b"));
    Oracle.of("xorriso").run("-as", "mkisofs", "-quiet", "-R", "-o", image(), tree).orFail();
    try (FileSystem files = DiskFileSystems.open(image())) {
      assertEquals("content", Files.readString(files.getPath("b")));
      assertEquals("content", Files.readString(files.getPath("to b")));
    }
  }
}
