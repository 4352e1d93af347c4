package io.diskformat.inside.ext;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.inside.FreeSpaceProof;
import io.diskformat.inside.RandomFiles;
import io.diskformat.testing.Oracle;
import io.diskformat.testing.Seeds;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The blocks that nothing uses, of volumes of each kind with random files. */
class FreeExtBlocksTest {
  @TempDir Path directory;

  private Path make(ExtFlavour flavour, String size) throws IOException {
    Path files = Files.createDirectory(directory.resolve("files"));
    RandomFiles.fill(files, Seeds.of(getClass(), 1) + flavour.ordinal());
    Path image = directory.resolve("image");
    flavour.make(image, files, size);
    return image;
  }

  private static long number(String text, String name) {
    Matcher found = Pattern.compile("(?m)^" + name + ": +(\\d+)$").matcher(text);
    assertEquals(true, found.find(), text);
    return Long.parseLong(found.group(1));
  }

  @ParameterizedTest
  @EnumSource(
      names = {
        "EXT2_1K",
        "EXT2_REVISION_0",
        "WITHOUT_TYPES",
        "GROUP_CHECKSUMS",
        "MODERN",
        "BIGALLOC_1K",
        "META_GROUPS",
        "SPARSE_SUPER_2",
        "SMALL_GROUPS"
      })
  void isWhatDumpe2fsSays(ExtFlavour flavour) throws IOException {
    Path image =
        make(
            flavour,
            switch (flavour) {
              // More than one group.
              case GROUP_CHECKSUMS, MODERN -> "140M";
              case MODERN_64K -> "200M";
              case BIGALLOC -> "60M";
              default -> "30M";
            });
    String header = Oracle.of("dumpe2fs").run("-h", image).orFail().output();
    String verdict = check(image);
    new FreeSpaceProof(image, file -> assertEquals(verdict, check(file)))
        .run(number(header, "Free blocks") * number(header, "Block size"));
  }

  /** Quota files that mke2fs makes do not count the files that it puts there. */
  private static String check(Path image) {
    return Oracle.of("e2fsck").run("-fn", image).output();
  }

  private static void assertRefused(Path image) throws IOException {
    try (DiskImage disk = DiskImages.open(image, OpenOptions.readOnly().format("raw"))) {
      FreeSpaceProof.assertRefused(disk);
    }
  }

  @Test
  void leavesWhatWasNotUnmounted() throws IOException {
    Path image = make(ExtFlavour.MODERN, "16M");
    for (String command :
        List.of("set_super_value state 0", "set_super_value state 2", "feature needs_recovery")) {
      Path copy = Files.copy(image, directory.resolve("copy" + command.hashCode()));
      Oracle.of("debugfs").run("-w", "-R", command, copy).orFail();
      assertRefused(copy);
    }
  }

  @Test
  void leavesWhatDoesNotAgreeWithItself() throws IOException {
    for (ExtFlavour flavour :
        List.of(ExtFlavour.EXT2_4K, ExtFlavour.GROUP_CHECKSUMS, ExtFlavour.MODERN)) {
      Path image = directory.resolve(flavour.name());
      flavour.make(image, Files.createDirectories(directory.resolve("none")), "16M");
      String header = Oracle.of("dumpe2fs").run(image).orFail().output();
      Matcher bitmap = Pattern.compile("Block bitmap at (\\d+)").matcher(header);
      assertEquals(true, bitmap.find(), header);
      byte[] bytes = Files.readAllBytes(image);
      // One block more that nothing uses, as it says.
      bytes[Integer.parseInt(bitmap.group(1)) * 4096] &= (byte) ~1;
      Files.write(image, bytes);
      assertRefused(image);
    }
  }

  @Test
  void leavesWhatIsCutShort() throws IOException {
    Path image = make(ExtFlavour.MODERN_1K, "16M");
    try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
      file.setLength(15 << 20);
    }
    assertRefused(image);
  }
}
