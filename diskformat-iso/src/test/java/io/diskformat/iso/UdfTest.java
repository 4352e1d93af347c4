package io.diskformat.iso;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.filesystem.DiskFileSystems;
import io.diskformat.testing.Oracle;
import io.diskformat.testing.Seeds;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** UDF as other tools write it. */
final class UdfTest {
  @TempDir Path directory;

  /** JUnit warns of those that lead out of its directory. */
  @AfterEach
  void deleteLinks() throws IOException {
    for (Path path : TreeComparison.files(directory).values()) {
      if (Files.isSymbolicLink(path)) {
        Files.delete(path);
      }
    }
  }

  /** Beside ISO 9660, which is the best tree where it has Rock Ridge, and else UDF's. */
  @Test
  void besideIso9660() throws IOException {
    long seed = Seeds.of(getClass(), 1);
    Path tree = Files.createDirectory(directory.resolve("tree"));
    fill(tree, new Random(seed), 0);
    Path image = directory.resolve("made.iso");
    Oracle.of("genisoimage")
        .run("-quiet", "-udf", "-J", "-input-charset", "utf-8", "-o", image, tree)
        .orFail();
    for (Map<String, String> choices : List.of(Map.<String, String>of(), Map.of("tree", "udf"))) {
      try (FileSystem files = DiskFileSystems.open(image, OpenOptions.readOnly(), choices)) {
        assertEquals("udf", files.getFileStores().iterator().next().type());
        assertSame(tree, files.getPath("/"), Seeds.toRepeat(seed));
      }
    }
    Oracle.of("genisoimage")
        .run("-quiet", "-udf", "-R", "-J", "-input-charset", "utf-8", "-o", image, tree)
        .orFail();
    try (FileSystem files = DiskFileSystems.open(image)) {
      assertEquals("rockridge", files.getFileStores().iterator().next().type());
    }
  }

  private static void assertSame(Path tree, Path root, String message) throws IOException {
    Map<String, Path> expected = TreeComparison.files(tree);
    Map<String, Path> ours = TreeComparison.files(root);
    assertEquals(expected.keySet(), ours.keySet(), message);
    for (Map.Entry<String, Path> file : expected.entrySet()) {
      Path found = ours.get(file.getKey());
      assertEquals(Files.isDirectory(file.getValue()), Files.isDirectory(found), file.getKey());
      if (Files.isRegularFile(found)) {
        assertArrayEquals(Files.readAllBytes(file.getValue()), Files.readAllBytes(found), message);
        assertEquals(
            Files.getLastModifiedTime(file.getValue()).to(TimeUnit.SECONDS),
            Files.getLastModifiedTime(found).to(TimeUnit.SECONDS),
            file.getKey());
      }
    }
  }

  private static void fill(Path directory, Random random, int depth) throws IOException {
    for (int i = 0; i < 8; i++) {
      String name = i + "aBß é日本-_Ω".substring(random.nextInt(5)) + random.nextInt(1000);
      if (depth < 4 && random.nextInt(4) == 0) {
        fill(Files.createDirectory(directory.resolve(name)), random, depth + 1);
      } else {
        byte[] content = new byte[random.nextInt(2) * random.nextInt(10_000)];
        random.nextBytes(content);
        Path file = Files.write(directory.resolve(name), content);
        Files.setLastModifiedTime(
            file, FileTime.fromMillis(1000L * (400_000_000L + random.nextInt(1_500_000_000))));
      }
    }
  }

  /** Each kind of medium and version, empty, if the tool is there. */
  @ParameterizedTest
  @CsvSource({
    "hd, 1.02, 512", "hd, 2.01, 2048", "hd, 2.01, 4096", "dvdram, 2.01, 2048",
    "cdrw, 1.50, 2048", "cdrw, 2.01, 2048", "cdr, 1.50, 2048", "cdr, 2.01, 2048",
    "bdr, 2.50, 2048", "bdr, 2.60, 2048"
  })
  void media(String medium, String version, int blockSize) throws IOException {
    assumeTrue(isThere("mkudffs"), "no mkudffs");
    Path image = directory.resolve("made.udf");
    Oracle.of("mkudffs")
        .run(
            "--new-file",
            "--media-type=" + medium,
            "--udfrev=" + version,
            "--blocksize=" + blockSize,
            "--label=a label",
            image,
            8192)
        .orFail();
    try (FileSystem files = DiskFileSystems.open(image)) {
      assertEquals("a label", files.getFileStores().iterator().next().name());
      for (Path path : TreeComparison.files(files.getPath("/")).values()) {
        assertEquals(0, Files.isRegularFile(path) ? Files.readAllBytes(path).length : 0);
      }
    }
    try (DiskImage disc = DiskImages.open(image)) {
      assertEquals(version, disc.info().details().get("udf version"));
    }
  }

  private static boolean isThere(String tool) {
    String path = System.getenv("PATH");
    for (String place : (path == null ? "" : path).split(":")) {
      if (Files.isExecutable(Path.of(place.isEmpty() ? "." : place, tool))) {
        return true;
      }
    }
    return false;
  }
}
