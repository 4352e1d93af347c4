package io.diskformat.inside;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.filesystem.FileNode;
import io.diskformat.filesystem.FileTrees;
import io.diskformat.filesystem.NodeAttributes.Kind;
import io.diskformat.testing.Oracle;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How much of a volume is read to list all files and what is recorded of them. */
class ListingReadsTest {
  private static final int FILES = Integer.getInteger("diskformat.files", 4000);
  private static final int IN_DIRECTORY = 100;

  /** Superblocks, tables of groups, the journal's first block, and what is read ahead of those. */
  private static final long FIXED = 256 << 10;

  @TempDir Path directory;

  @Test
  void ext4() throws IOException {
    Path files = Files.createDirectory(directory.resolve("files"));
    for (int i = 0; i < FILES / IN_DIRECTORY; i++) {
      Path inner = Files.createDirectories(files.resolve("d" + i / 26 + "/e" + i));
      for (int file = 0; file < IN_DIRECTORY; file++) {
        Files.writeString(inner.resolve("file-number-%03d.conf".formatted(file)), "x");
      }
    }
    Path image = directory.resolve("image");
    Oracle.of("mke2fs")
        .run("-q", "-t", "ext4", "-N", 2 * FILES, "-d", files, image, 16 + FILES / 100 + "M")
        .orFail();
    // 16 MiB for 50,000.
    assertRead(image, (16L << 20) * FILES / 50_000 + FIXED);
  }

  @Test
  void xfs() throws IOException {
    Path image = makeXfs();
    // An inode has 512 bytes, and its checksum is of all of them.
    assertRead(image, (FILES + FILES / IN_DIRECTORY) * (512L + 64) + FIXED);
  }

  private Path makeXfs(Object... options) throws IOException {
    Path content = Files.writeString(directory.resolve("content"), "x");
    StringBuilder prototype = new StringBuilder("none\n0 0\nd--755 0 0\n");
    for (int i = 0; i < FILES / IN_DIRECTORY; i++) {
      prototype.append("e").append(i).append(" d--755 0 0\n");
      for (int file = 0; file < IN_DIRECTORY; file++) {
        prototype.append("file-number-%03d.conf ---644 0 0 %s\n".formatted(file, content));
      }
      prototype.append("$\n");
    }
    Path image = directory.resolve("image");
    try (RandomAccessFile made = new RandomAccessFile(image.toFile(), "rw")) {
      made.setLength((64L + FILES / 100) << 20);
    }
    Path script = Files.writeString(directory.resolve("prototype"), prototype.append("$\n"));
    Oracle _ = Oracle.of("mkfs.xfs");
    List<Object> arguments =
        new ArrayList<>(
            List.of("TEST_DIR=x", "TEST_DEV=x", "QA_CHECK_FS=1", "mkfs.xfs", "-q", "-p", script));
    arguments.addAll(Arrays.asList(options));
    arguments.add(image);
    Oracle.of("env").run(arguments.toArray()).orFail();
    return image;
  }

  /** Of version 4, inodes have 256 bytes. */
  @Test
  void xfsWithSmallInodes() throws IOException {
    Path image = makeXfs("-m", "crc=0", "-i", "size=256");
    assertRead(image, (16L << 20) * FILES / 50_000 + FIXED);
  }

  @Test
  void fat() throws IOException {
    Path files = Files.createDirectory(directory.resolve("files"));
    for (int i = 0; i < FILES / IN_DIRECTORY; i++) {
      Path inner = Files.createDirectories(files.resolve("e" + i));
      for (int file = 0; file < IN_DIRECTORY; file++) {
        Files.writeString(inner.resolve("file-number-%03d.conf".formatted(file)), "x");
      }
    }
    Path image = directory.resolve("image");
    Oracle.of("mkfs.fat").run("-F", 32, "-s", 2, "-C", image, 65_536 + 4 * FILES).orFail();
    List<Object> arguments = new ArrayList<>(List.of("-s", "-Q", "-i", image));
    for (int i = 0; i < FILES / IN_DIRECTORY; i++) {
      arguments.add(files.resolve("e" + i));
    }
    arguments.add("::");
    Oracle.of("mcopy").run(arguments.toArray()).orFail();
    // An entry and two parts of a long name have 96 bytes; the table is read where directories are.
    assertRead(image, (16L << 20) * FILES / 50_000 + FIXED);
  }

  private static void assertRead(Path image, long most) throws IOException {
    try (DiskImage disk = DiskImages.open(image, OpenOptions.readOnly().format("raw"));
        CountingDevice device = new CountingDevice(disk)) {
      int found = list(FileTrees.open(device, Map.of()).root());
      assertEquals(FILES, found);
      System.out.println(device.read() + " bytes were read, of " + most);
      assertTrue(device.read() <= most, device.read() + " bytes were read, not " + most);
      // The first look is at the beginning, where superblocks are, too.
      assertTrue(device.readAgain() <= FIXED, device.readAgain() + " bytes were read again");
    }
  }

  /** Returns how many regular files are below a directory, whose attributes are all read. */
  private static int list(FileNode directory) throws IOException {
    int found = 0;
    FileNode.Cursor cursor = directory.list();
    for (FileNode.Entry entry = cursor.next(); entry != null; entry = cursor.next()) {
      assertTrue(entry.node().attributes().modified().isPresent());
      if (entry.node().kind() == Kind.DIRECTORY) {
        found += list(entry.node());
      } else {
        found++;
      }
    }
    return found;
  }
}
