package io.diskformat.inside.fat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.BlockDevice;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.filesystem.FileTree;
import io.diskformat.filesystem.FileTrees;
import io.diskformat.inside.Disk;
import io.diskformat.inside.Volume;
import io.diskformat.testing.Oracle;
import io.diskformat.testing.Seeds;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Random trees that mtools have put into volumes of each kind. */
class FatTreesTest {
  @TempDir Path directory;

  @ParameterizedTest
  @EnumSource
  void readsWhatMtoolsPutThere(FatFlavour flavour) throws IOException {
    Path files = Files.createDirectory(directory.resolve("files"));
    FatFiles.fill(files, Seeds.of(FatTreesTest.class, 1) + flavour.ordinal());
    Path image = directory.resolve("image");
    flavour.make(image);
    FatFiles.copy(files, image);
    Oracle.of("fsck.fat").run("-n", image).orFail();
    try (DiskImage opened = DiskImages.open(image)) {
      assertIsKnown(flavour, opened);
      Disk disk = Disk.of(opened);
      assertContent(image, disk.volumes().getFirst());
      try (FileSystem mounted = disk.mount("/dev/sda")) {
        assertEquals(describe(files), describe(mounted.getPath("/")));
      }
    }
  }

  private static void assertIsKnown(FatFlavour flavour, BlockDevice opened) throws IOException {
    FileTree tree = FileTrees.open(opened, Map.of());
    assertEquals(flavour.kind(), tree.kind());
    assertEquals("A LABEL", tree.label());
  }

  private static void assertContent(Path image, Volume volume) {
    assertEquals("vfat", volume.content().type());
    assertEquals("A LABEL", volume.content().label());
    String free =
        FatFiles.run("mdir", "-i", image, "::")
            .lines()
            .filter(line -> line.endsWith(" bytes free"))
            .findFirst()
            .orElseThrow()
            .replaceAll("[^0-9]", "");
    long used = volume.content().used().orElseThrow();
    assertEquals(Long.parseLong(free), volume.content().size().orElseThrow() - used);
  }

  private static String describe(Path root) throws IOException {
    Map<String, String> files = new TreeMap<>();
    try (Stream<Path> all = Files.walk(root)) {
      for (Path path : (Iterable<Path>) all::iterator) {
        files.put(root.relativize(path).toString(), describeFile(path));
      }
    }
    assertTrue(files.size() > 150);
    StringBuilder text = new StringBuilder();
    files.forEach((name, is) -> text.append(name).append(": ").append(is).append('\n'));
    return text.toString();
  }

  private static String describeFile(Path path) throws IOException {
    BasicFileAttributes is = Files.readAttributes(path, BasicFileAttributes.class);
    if (is.isDirectory()) {
      return "directory";
    }
    CRC32C sum = new CRC32C();
    sum.update(Files.readAllBytes(path));
    return is.size()
        + " "
        + Long.toHexString(sum.getValue())
        + " "
        + is.lastModifiedTime().to(TimeUnit.SECONDS);
  }
}
