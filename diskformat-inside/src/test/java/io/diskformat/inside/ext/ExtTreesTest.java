package io.diskformat.inside.ext;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.filesystem.DiskFileSystems;
import io.diskformat.inside.RandomFiles;
import io.diskformat.inside.Trees;
import io.diskformat.testing.Oracle;
import io.diskformat.testing.Seeds;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Random trees that mke2fs has put into images of each kind. */
class ExtTreesTest {
  @TempDir Path directory;

  @ParameterizedTest
  @EnumSource
  void readsWhatMke2fsPutThere(ExtFlavour flavour) throws IOException {
    Path files = Files.createDirectory(directory.resolve("files"));
    RandomFiles.fill(files, Seeds.of(ExtTreesTest.class, 1) + flavour.ordinal());
    Path image = directory.resolve("image");
    flavour.make(image, files, flavour == ExtFlavour.MODERN_64K ? "256M" : "64M");
    assertReads(files, image);
    // Now directories have an index.
    int status = Oracle.of("e2fsck").run("-fyD", image).exitCode();
    assertTrue(status <= 1, "e2fsck: " + status);
    assertReads(files, image);
  }

  private static void assertReads(Path files, Path image) throws IOException {
    try (FileSystem mounted = DiskFileSystems.open(image)) {
      Trees.assertSame(files, mounted.getPath("/"));
    }
  }
}
