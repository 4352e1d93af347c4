package io.diskformat.inside.ext;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.diskformat.filesystem.DiskFileSystems;
import io.diskformat.testing.Oracle;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The content of files, changed in each way that there is. */
class ContentEditTest {
  @TempDir Path directory;

  @ParameterizedTest
  @EnumSource(
      names = {
        "EXT2_1K",
        "EXT2_REVISION_0",
        "GROUP_CHECKSUMS",
        "MODERN",
        "MODERN_64K",
        "NO_EXTENTS"
      })
  void changesContent(ExtFlavour flavour) throws IOException {
    Path files = Files.createDirectory(directory.resolve("files"));
    byte[] content = random(150_000);
    Files.write(files.resolve("a"), content);
    Path image = directory.resolve("image");
    flavour.make(image, files, flavour == ExtFlavour.MODERN_64K ? "256M" : "16M");

    byte[] expected = content.clone();
    put(expected, 5000, random(9000));
    Edits.commit(
        image, edit -> Edits.write(edit, "/a", 5000, Arrays.copyOfRange(expected, 5000, 14_000)));
    assertHas(image, expected);

    for (int size : new int[] {149_999, 100_001, 4096, 4095, 10, 0}) {
      Edits.commit(image, edit -> edit.setSize(Edits.find(edit, "/a"), size));
      assertHas(image, Arrays.copyOf(expected, size));
    }

    byte[] long1 = random(1_000_000);
    Edits.commit(image, edit -> Edits.write(edit, "/a", 0, long1));
    assertHas(image, long1);
    Edits.commit(image, edit -> edit.setSize(Edits.find(edit, "/a"), 3));
    Edits.commit(image, edit -> edit.setSize(Edits.find(edit, "/a"), 200_000));
    byte[] sparse = Arrays.copyOf(Arrays.copyOf(long1, 3), 200_000);
    assertHas(image, sparse);
    for (int at = 190_000; at > 10_000; at -= 20_000) {
      byte[] piece = random(6000);
      put(sparse, at, piece);
      int position = at;
      Edits.commit(image, edit -> Edits.write(edit, "/a", position, piece));
      assertHas(image, sparse);
    }
    Edits.commit(image, edit -> edit.setSize(Edits.find(edit, "/a"), 60_000));
    assertHas(image, Arrays.copyOf(sparse, 60_000));
  }

  private static byte[] random(int length) {
    byte[] bytes = new byte[length];
    new Random(length).nextBytes(bytes);
    return bytes;
  }

  private static void put(byte[] into, int at, byte[] bytes) {
    System.arraycopy(bytes, 0, into, at, bytes.length);
  }

  private void assertHas(Path image, byte[] expected) throws IOException {
    Edits.assertSilent(image);
    try (FileSystem mounted = DiskFileSystems.open(image)) {
      assertArrayEquals(expected, Files.readAllBytes(mounted.getPath("/a")));
    }
    Path dumped = directory.resolve("dumped");
    Oracle.of("debugfs").run("-R", "dump /a " + dumped, image).orFail();
    assertEquals(-1L, Files.mismatch(dumped, Files.write(directory.resolve("expected"), expected)));
  }
}
