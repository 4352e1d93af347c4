package io.diskformat.inside.ext;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.filesystem.DiskFileSystems;
import io.diskformat.filesystem.FileNode;
import io.diskformat.testing.Oracle;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Files and directories whose content is in their inodes. */
class InlineDataTest {
  private static final int[] SIZES = {0, 1, 59, 60, 61, 100, 120};

  @TempDir Path directory;

  private Path make(ExtFlavour flavour) throws IOException {
    Path files = Files.createDirectory(directory.resolve("files"));
    for (int size : SIZES) {
      Files.write(files.resolve("of " + size), content(size));
    }
    Files.createDirectories(files.resolve("d/e/f"));
    Files.createDirectories(files.resolve("empty"));
    for (int i = 0; i < 4; i++) {
      Files.write(files.resolve("d/name " + i), content(10));
    }
    Files.createSymbolicLink(files.resolve("link"), Path.of("t".repeat(90)));
    Path image = directory.resolve("image");
    flavour.make(image, files, "24M");
    return image;
  }

  private static byte[] content(int size) {
    byte[] content = new byte[size];
    for (int i = 0; i < size; i++) {
      content[i] = (byte) ('a' + i % 26);
    }
    return content;
  }

  private static boolean isInline(Path image, String path) {
    String text = Oracle.of("debugfs").run("-R", "stat \"" + path + "\"", image).orFail().output();
    return text.contains("Flags: 0x10000000");
  }

  private static void assertHas(Path image, String path, byte[] expected) throws IOException {
    Edits.assertSilent(image);
    try (FileSystem mounted = DiskFileSystems.open(image)) {
      assertArrayEquals(expected, Files.readAllBytes(mounted.getPath(path)), path);
    }
    // debugfs shows all of an inode's room.
    assertEquals(
        new String(expected, StandardCharsets.ISO_8859_1),
        Oracle.of("debugfs")
            .run("-R", "cat \"" + path + "\"", image)
            .orFail()
            .output()
            .replaceAll("\0+$", ""));
  }

  /** What fits stays in the inode, whatever its size becomes. */
  @ParameterizedTest
  @EnumSource(names = {"INLINE_DATA", "LARGE_INODES"})
  void contentThatFitsStays(ExtFlavour flavour) throws IOException {
    Path image = make(flavour);
    assertTrue(isInline(image, "/of 120"));
    byte[] changed = content(120);
    System.arraycopy("CHANGED".getBytes(StandardCharsets.US_ASCII), 0, changed, 57, 7);
    Edits.commit(
        image, edit -> Edits.write(edit, "/of 120", 57, Arrays.copyOfRange(changed, 57, 64)));
    assertHas(image, "/of 120", changed);
    for (int size : new int[] {100, 90, 61, 60, 7, 0}) {
      Edits.commit(image, edit -> edit.setSize(Edits.find(edit, "/of 120"), size));
      assertHas(image, "/of 120", Arrays.copyOf(changed, size));
    }
    Edits.commit(
        image,
        edit -> {
          Edits.write(edit, "/of 120", 3, new byte[] {'x'});
          edit.setSize(Edits.find(edit, "/of 120"), 110);
        });
    byte[] expected = new byte[110];
    expected[3] = 'x';
    Edits.assertSilent(image);
    try (FileSystem mounted = DiskFileSystems.open(image)) {
      assertArrayEquals(expected, Files.readAllBytes(mounted.getPath("/of 120")));
    }
    assertTrue(isInline(image, "/of 120"));
  }

  @ParameterizedTest
  @EnumSource(names = {"INLINE_DATA", "LARGE_INODES"})
  void contentThatDoesNotFitGetsBlocks(ExtFlavour flavour) throws IOException {
    Path image = make(flavour);
    byte[] large = content(5000);
    for (int size : SIZES) {
      String path = "/of " + size;
      Edits.commit(
          image,
          edit -> Edits.write(edit, path, size, Arrays.copyOfRange(large, size, large.length)));
      byte[] expected = content(size);
      expected = Arrays.copyOf(expected, large.length);
      System.arraycopy(large, size, expected, size, large.length - size);
      assertHas(image, path, expected);
      Edits.commit(image, edit -> edit.setSize(Edits.find(edit, path), size / 2));
      assertHas(image, path, content(size / 2));
    }
    Edits.commit(image, edit -> edit.setSize(Edits.find(edit, "/d/name 1"), 3000));
    byte[] longer = Arrays.copyOf(content(10), 3000);
    Edits.assertSilent(image);
    try (FileSystem mounted = DiskFileSystems.open(image)) {
      assertArrayEquals(longer, Files.readAllBytes(mounted.getPath("/d/name 1")));
    }
  }

  /** mke2fs leaves out what is zeroes at the end of a file, which then is larger than its inode. */
  @ParameterizedTest
  @EnumSource(names = {"INLINE_DATA", "LARGE_INODES"})
  void whatIsNotThereReadsAsZeroes(ExtFlavour flavour) throws IOException {
    Path files = Files.createDirectory(directory.resolve("files"));
    Files.write(files.resolve("zeroes"), new byte[900]);
    Files.write(files.resolve("others"), new byte[900]);
    Path image = directory.resolve("image");
    flavour.make(image, files, "24M");
    assertTrue(isInline(image, "/zeroes"));
    byte[] expected = new byte[900];
    try (FileSystem mounted = DiskFileSystems.open(image)) {
      assertArrayEquals(expected, Files.readAllBytes(mounted.getPath("/zeroes")));
    }
    Edits.commit(
        image,
        edit -> {
          Edits.write(edit, "/zeroes", 700, new byte[] {'x'});
          edit.setSize(Edits.find(edit, "/others"), 50);
        });
    expected[700] = 'x';
    Edits.assertSilent(image);
    try (FileSystem mounted = DiskFileSystems.open(image)) {
      assertArrayEquals(expected, Files.readAllBytes(mounted.getPath("/zeroes")));
      assertArrayEquals(new byte[50], Files.readAllBytes(mounted.getPath("/others")));
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"INLINE_DATA", "LARGE_INODES"})
  void filesAndDirectoriesGo(ExtFlavour flavour) throws IOException {
    Path image = make(flavour);
    Edits.commit(
        image,
        edit -> {
          FileNode root = Edits.find(edit, "/");
          edit.delete(root, "empty");
          edit.delete(root, "link");
          for (int size : SIZES) {
            edit.delete(Edits.find(edit, "/"), "of " + size);
          }
          for (int i = 0; i < 4; i++) {
            edit.delete(Edits.find(edit, "/d"), "name " + i);
          }
          edit.delete(Edits.find(edit, "/d/e"), "f");
          edit.delete(Edits.find(edit, "/d"), "e");
          edit.delete(Edits.find(edit, "/"), "d");
        });
    Edits.assertSilent(image);
    try (FileSystem mounted = DiskFileSystems.open(image);
        Stream<Path> left = Files.list(mounted.getPath("/"))) {
      assertEquals(List.of("/lost+found"), left.map(Path::toString).toList());
    }
  }

  /** A directory gets a block when its names change, and keeps those that it has. */
  @ParameterizedTest
  @EnumSource(names = {"INLINE_DATA", "LARGE_INODES"})
  void directoriesGetBlocks(ExtFlavour flavour) throws IOException {
    Path image = make(flavour);
    assertTrue(isInline(image, "/d/e"));
    assertTrue(isInline(image, "/empty"));
    Edits.commit(
        image,
        edit -> {
          edit.createFile(Edits.find(edit, "/d"), "new", 0644);
          edit.rename(Edits.find(edit, "/d/e"), "f", Edits.find(edit, "/"), "moved");
          edit.createFile(Edits.find(edit, "/moved"), "in there", 0644);
          edit.createDirectory(Edits.find(edit, "/empty"), "below", 0755);
          edit.delete(Edits.find(edit, "/d"), "name 0");
        });
    Edits.assertSilent(image);
    try (FileSystem mounted = DiskFileSystems.open(image)) {
      for (String path :
          List.of("/d/new", "/d/name 3", "/d/e", "/moved/in there", "/empty/below")) {
        assertTrue(Files.exists(mounted.getPath(path)), path);
      }
      assertTrue(Files.notExists(mounted.getPath("/d/e/f")));
      assertTrue(Files.notExists(mounted.getPath("/d/name 0")));
    }
  }
}
