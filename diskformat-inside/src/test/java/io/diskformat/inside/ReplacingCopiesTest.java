package io.diskformat.inside;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.testing.Oracle;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Copies that replace a file: without room for one, the file that is there stays. */
class ReplacingCopiesTest {
  @TempDir Path directory;

  private Path make(String kind) {
    Path image = directory.resolve("image");
    if (kind.startsWith("fat")) {
      Oracle.of("mkfs.fat")
          .run(
              "-F",
              kind.substring(3),
              "-r",
              "16",
              "-C",
              image,
              kind.equals("fat12") ? 2048 : 16_384)
          .orFail();
    } else {
      Oracle.of("mke2fs").run("-q", "-t", kind, "-b", "1024", image, "4M").orFail();
    }
    return image;
  }

  private void check(String kind, Path image) {
    if (kind.startsWith("fat")) {
      Oracle.of("fsck.fat").run("-n", image).orFail();
    } else {
      Oracle.of("e2fsck").run("-fn", image).orFail();
    }
  }

  private static List<String> names(FileSystem files) throws IOException {
    try (Stream<Path> all = Files.list(files.getPath("/"))) {
      return all.map(path -> String.valueOf(path.getFileName()))
          .filter(name -> !name.equals("lost+found"))
          .sorted()
          .toList();
    }
  }

  /** Returns how many bytes a file can have, found by making one in an edit that is dropped. */
  private static int free(DiskImage disk) throws IOException {
    int[] written = {0};
    try (Edit edit = Disk.of(disk).edit("/dev/sda")) {
      assertThrows(
          IOException.class,
          () -> {
            try (OutputStream out = Files.newOutputStream(edit.getPath("/FILLER"))) {
              while (written[0] < 1 << 30) {
                out.write(new byte[1 << 15]);
                written[0] += 1 << 15;
              }
            }
          });
    }
    return written[0];
  }

  @ParameterizedTest
  @ValueSource(strings = {"ext4", "ext2", "fat12", "fat16"})
  void withoutRoomTheFileStays(String kind) throws IOException {
    Path image = make(kind);
    int free;
    try (DiskImage disk = DiskImages.open(image, OpenOptions.writable().format("raw"))) {
      free = free(disk);
    }
    try (DiskImage disk = DiskImages.open(image, OpenOptions.writable().format("raw"));
        Edit edit = Disk.of(disk).edit("/dev/sda")) {
      Path target = Files.writeString(edit.getPath("/a name that is long"), "old");
      Path source = Files.writeString(edit.getPath("/source"), "new");
      // There is no room for two of them.
      Path half = Files.write(edit.getPath("/half"), new byte[free / 5 * 3]);
      IOException e =
          assertThrows(
              IOException.class,
              () -> Files.copy(half, target, StandardCopyOption.REPLACE_EXISTING));
      assertTrue(String.valueOf(e.getMessage()).contains("free"), e.toString());
      assertEquals("old", Files.readString(target));
      assertEquals(List.of("a name that is long", "half", "source"), names(edit.files()));
      Files.copy(source, target, StandardCopyOption.REPLACE_EXISTING);
      assertEquals("new", Files.readString(target));
      assertEquals(List.of("a name that is long", "half", "source"), names(edit.files()));
      edit.commit();
    }
    check(kind, image);
    try (DiskImage disk = DiskImages.open(image, OpenOptions.readOnly().format("raw"));
        FileSystem files = Disk.of(disk).mount("/dev/sda")) {
      assertEquals("new", Files.readString(files.getPath("/a name that is long")));
    }
  }

  /** A file can get its own name in another case; another name of the same file is left. */
  @ParameterizedTest
  @ValueSource(strings = {"fat12", "fat16", "ext4"})
  void namesChangeTheirCase(String kind) throws IOException {
    Path image = make(kind);
    if (kind.equals("ext4")) {
      Path content = Files.writeString(directory.resolve("content"), "new");
      Oracle.of("debugfs").run("-w", "-R", "write " + content + " one", image).orFail();
      Oracle.of("debugfs").run("-w", "-R", "ln one ONE", image).orFail();
      Oracle.of("debugfs").run("-w", "-R", "sif one links_count 2", image).orFail();
    }
    try (DiskImage disk = DiskImages.open(image, OpenOptions.writable().format("raw"));
        Edit edit = Disk.of(disk).edit("/dev/sda")) {
      if (!kind.equals("ext4")) {
        Files.writeString(edit.getPath("/one"), "new");
        Files.createDirectory(edit.getPath("/two words"));
        Files.move(edit.getPath("/two words"), edit.getPath("/Two Words"));
      }
      Files.move(edit.getPath("/one"), edit.getPath("/ONE"));
      edit.commit();
    }
    check(kind, image);
    try (DiskImage disk = DiskImages.open(image, OpenOptions.readOnly().format("raw"));
        FileSystem files = Disk.of(disk).mount("/dev/sda")) {
      assertEquals(
          kind.equals("ext4") ? List.of("ONE", "one") : List.of("ONE", "Two Words"), names(files));
      assertEquals("new", Files.readString(files.getPath("/ONE")));
    }
  }

  /** A file with two names that says that it has one is not taken away for either of them. */
  @Test
  void damagedFilesKeepTheirNames() throws IOException {
    Path image = make("ext4");
    Path content = Files.writeString(directory.resolve("content"), "content");
    Oracle.of("debugfs").run("-w", "-R", "write " + content + " one", image).orFail();
    Oracle.of("debugfs").run("-w", "-R", "ln one ONE", image).orFail();
    try (DiskImage disk = DiskImages.open(image, OpenOptions.writable().format("raw"));
        Edit edit = Disk.of(disk).edit("/dev/sda")) {
      Path one = edit.getPath("/one");
      assertEquals("1", Files.getAttribute(one, "unix:nlink").toString());
      assertThrows(FileAlreadyExistsException.class, () -> Files.move(one, edit.getPath("/ONE")));
      assertEquals("content", Files.readString(one));
      assertEquals(List.of("ONE", "one"), names(edit.files()));
    }
  }

  /** What cannot be moved takes away nothing that has its new name. */
  @Test
  void whatCannotBeMovedReplacesNothing() throws IOException {
    Path files = Files.createDirectories(directory.resolve("files/one")).getParent();
    Files.createDirectories(files.resolve("two/empty"));
    Files.writeString(files.resolve("two/file"), "content");
    Path image = directory.resolve("image");
    Oracle.of("mke2fs").run("-q", "-t", "ext2", "-d", files, image, "4M").orFail();
    try (DiskImage disk = DiskImages.open(image, OpenOptions.writable().format("raw"));
        Edit edit = Disk.of(disk).edit("/dev/sda")) {
      for (String name : List.of("/two/file", "/two/empty")) {
        Path target = edit.getPath(name);
        // Without a journal, it would be in both directories for a moment, or in none.
        assertThrows(
            UnsupportedFeatureException.class,
            () -> Files.move(edit.getPath("/one"), target, StandardCopyOption.REPLACE_EXISTING));
        assertTrue(Files.exists(target), name);
      }
      assertEquals("content", Files.readString(edit.getPath("/two/file")));
      edit.commit();
    }
    check("ext2", image);
  }

  /** Where a directory can have no more names, what was to be replaced stays as well. */
  @Test
  void withoutRoomForANameTheFileStays() throws IOException {
    Path image = make("fat12");
    try (DiskImage disk = DiskImages.open(image, OpenOptions.writable().format("raw"));
        Edit edit = Disk.of(disk).edit("/dev/sda")) {
      Path target = Files.writeString(edit.getPath("/a name that is long"), "old");
      Path source = Files.writeString(edit.getPath("/SOURCE"), "new");
      List<Path> others = new ArrayList<>();
      IOException full =
          assertThrows(
              IOException.class,
              () -> {
                while (others.size() < 100) {
                  others.add(Files.createFile(edit.getPath("/FILE" + others.size())));
                }
              });
      assertTrue(full.getMessage().contains("is full"), full.toString());
      // There is room for the copy, and not for the name that it is to get.
      Files.delete(others.getLast());
      IOException e =
          assertThrows(
              IOException.class,
              () -> Files.copy(source, target, StandardCopyOption.REPLACE_EXISTING));
      assertTrue(e.getMessage().contains("is full"), e.toString());
      assertEquals("old", Files.readString(target));
      assertEquals(others.size() + 1, names(edit.files()).size());
      // The same of a file that is to get the name itself.
      e =
          assertThrows(
              IOException.class,
              () -> Files.move(source, target, StandardCopyOption.REPLACE_EXISTING));
      assertTrue(e.getMessage().contains("is full"), e.toString());
      assertEquals("old", Files.readString(target));
      assertEquals(others.size() + 1, names(edit.files()).size());
      Path other = edit.getPath("/FILE1");
      Files.move(source, other, StandardCopyOption.REPLACE_EXISTING);
      assertEquals("new", Files.readString(other));
    }
  }
}
