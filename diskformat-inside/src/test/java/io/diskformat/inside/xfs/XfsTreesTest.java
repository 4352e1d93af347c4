package io.diskformat.inside.xfs;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.inside.Disk;
import io.diskformat.testing.Oracle;
import io.diskformat.testing.Seeds;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Random trees that mkfs.xfs has put into images of each kind. */
class XfsTreesTest {
  @TempDir Path directory;

  @ParameterizedTest
  @EnumSource
  void readsWhatMkfsPutThere(XfsFlavour flavour) throws IOException {
    long seed = Seeds.of(XfsTreesTest.class, 1) + flavour.ordinal();
    Prototype tree = new Prototype(directory, seed, flavour.isVersion4(), 1200);
    Path image = directory.resolve("image");
    flavour.make(image, tree.write(directory.resolve("prototype")));
    Oracle.of("xfs_repair").run("-n", "-f", image).orFail();
    try (DiskImage opened = DiskImages.open(image)) {
      Disk disk = Disk.of(opened);
      assertEquals("xfs", disk.volumes().getFirst().content().type());
      assertEquals("a label", disk.volumes().getFirst().content().label());
      try (FileSystem mounted = disk.mount("/dev/sda")) {
        assertEquals(text(tree.expected), text(describe(mounted.getPath("/"))));
      }
    }
  }

  private static String text(Map<String, String> files) {
    StringBuilder text = new StringBuilder();
    files.forEach((name, is) -> text.append(name).append(": ").append(is).append('\n'));
    return text.toString();
  }

  private static Map<String, String> describe(Path root) throws IOException {
    Map<String, String> files = new TreeMap<>();
    try (Stream<Path> all = Files.walk(root)) {
      for (Path path : (Iterable<Path>) all::iterator) {
        if (!path.equals(root)) {
          files.put(root.relativize(path).toString(), describeFile(path));
        }
      }
    }
    return files;
  }

  private static String describeFile(Path path) throws IOException {
    Map<String, Object> is = Files.readAttributes(path, "unix:*", LinkOption.NOFOLLOW_LINKS);
    String common = "%o %s %s".formatted((int) is.get("mode"), is.get("uid"), is.get("gid"));
    if ((boolean) is.get("isSymbolicLink")) {
      return "-> " + Files.readSymbolicLink(path);
    }
    if ((boolean) is.get("isDirectory")) {
      return "directory " + common;
    }
    if ((boolean) is.get("isRegularFile")) {
      return common + " " + Prototype.sum(Files.readAllBytes(path));
    }
    long device = (long) is.get("rdev");
    long major = device >>> 8 & 0xFFF;
    long minor = (device & 0xFF) | (device >>> 12 & 0xFFF00);
    return "other " + common + (device == 0 ? "" : " " + minor + " " + major);
  }
}
