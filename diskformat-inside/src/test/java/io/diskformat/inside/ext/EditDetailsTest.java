package io.diskformat.inside.ext;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.BlockDevice;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.filesystem.DiskFileSystems;
import io.diskformat.filesystem.FileNode;
import io.diskformat.inside.change.ChangedDevice;
import io.diskformat.testing.Oracle;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What edits do with what few files have. */
class EditDetailsTest {
  @TempDir Path directory;

  private Path make(ExtFlavour flavour, String size) throws IOException {
    Path files = Files.createDirectories(directory.resolve("files"));
    Files.writeString(files.resolve("a"), "content");
    Files.createDirectories(files.resolve("d/e"));
    Path image = directory.resolve("image");
    flavour.make(image, files, size);
    return image;
  }

  private static void debugfs(Path image, String... commands) {
    Oracle.of("debugfs")
        .input(String.join("\n", commands) + "\n")
        .run("-w", "-f", "-", image)
        .orFail();
  }

  /** Bits of a bitmap that stand for no block are set, or ought to be. */
  @Test
  void takesNoBlocksBehindTheEnd() throws IOException {
    Path image = make(ExtFlavour.EXT2_1K, "24M");
    try (BlockDevice device = DiskImages.open(image, OpenOptions.writable().format("raw"))) {
      ExtChanges changes = new ExtChanges(device, Instant.EPOCH);
      long end = changes.superblock().blocks();
      int last = (int) ((end - 1) % changes.superblock().blocksPerGroup());
      long group = changes.superblock().groups() - 1;
      byte[] bitmap = changes.device().change(new GroupChange(changes, group).blockBitmap());
      assertTrue(Bits.isSet(bitmap, last));
      Bits.clear(bitmap, last, 1);
      Run run = new BlockAllocator(changes, null).allocate(end, 1);
      assertEquals(1, run.length());
      assertTrue(run.block() < end);
    }
  }

  /** Whoever gets the number of a directory that came and went is not where a file was moved. */
  @Test
  void numbersOfDirectoriesThatCameAndWentAreOthers() throws IOException {
    Path image = make(ExtFlavour.MODERN, "24M");
    Edits.commit(
        image,
        edit -> {
          edit.delete(Edits.find(edit, "/"), "a");
          edit.createFile(Edits.find(edit, "/"), "a", 0644);
          edit.createFile(Edits.find(edit, "/"), "b", 0644);
          edit.createDirectory(Edits.find(edit, "/"), "new", 0755);
          Object key = Edits.find(edit, "/new").attributes().key();
          edit.rename(Edits.find(edit, "/"), "b", Edits.find(edit, "/new"), "moved");
          edit.delete(Edits.find(edit, "/new"), "moved");
          edit.delete(Edits.find(edit, "/"), "new");
          int made = 0;
          do {
            edit.createFile(Edits.find(edit, "/"), "file" + made, 0644);
          } while (!Edits.find(edit, "/file" + made++).attributes().key().equals(key));
        });
    Edits.assertSilent(image);
  }

  @Test
  void noFileHasWhatNoNumberCounts() throws IOException {
    Path image = make(ExtFlavour.MODERN, "24M");
    Edits.commit(
        image,
        edit ->
            assertThrows(
                FileSystemException.class,
                () -> Edits.write(edit, "/a", Long.MAX_VALUE, new byte[2])));
    assertEquals("content", ask(image, "cat a"));
  }

  @Test
  void blocksBehindTheEndDoNotChange() throws IOException {
    Path image = make(ExtFlavour.MODERN, "24M");
    try (BlockDevice device = DiskImages.open(image, OpenOptions.readOnly().format("raw"))) {
      ChangedDevice changed = new ChangedDevice(device, 4096);
      for (long block : new long[] {-1, device.size() / 4096, Long.MAX_VALUE}) {
        assertThrows(IndexOutOfBoundsException.class, () -> changed.change(block));
        assertThrows(IndexOutOfBoundsException.class, () -> changed.replace(block));
      }
      assertTrue(changed.changes().isEmpty());
    }
  }

  /** A name changes, and nothing that the superblock counts. */
  @ParameterizedTest
  @EnumSource(names = {"EXT2_1K", "MODERN"})
  void namesAloneChange(ExtFlavour flavour) throws IOException {
    Path image = make(flavour, "24M");
    for (String[] names : new String[][] {{"a", "another"}, {"d", "x"}, {"another", "b"}}) {
      Edits.commit(
          image,
          edit -> {
            FileNode root = Edits.find(edit, "/");
            edit.rename(root, names[0], root, names[1]);
          });
      Edits.assertSilent(image);
    }
    assertEquals("content", ask(image, "cat b"));
  }

  private static String ask(Path image, String command) {
    return Oracle.of("debugfs").run("-R", command, image).orFail().output();
  }

  @Test
  void newFilesGetTheLabelOfTheirSiblings() throws IOException {
    Path image = make(ExtFlavour.MODERN, "24M");
    debugfs(
        image,
        "ea_set a security.selinux system_u:object_r:etc_t:s0\\000",
        "ea_set d security.selinux system_u:object_r:dir_t:s0\\000");
    Edits.commit(
        image,
        edit -> {
          FileNode root = Edits.find(edit, "/");
          edit.createFile(root, "file", 0644);
          edit.createDirectory(root, "directory", 0755);
          edit.createSymbolicLink(root, "link", "a");
          edit.createFile(Edits.find(edit, "/d/e"), "without", 0644);
        });
    Edits.assertSilent(image);
    try (FileSystem mounted = DiskFileSystems.open(image)) {
      Map<String, String> expected =
          Map.of("file", "etc_t", "directory", "dir_t", "link", "_t", "d/e/without", "");
      for (Map.Entry<String, String> each : expected.entrySet()) {
        byte[] label =
            DiskFileSystems.extendedAttributes(mounted.getPath("/" + each.getKey()))
                .getOrDefault("security.selinux", new byte[0]);
        String text = new String(label, StandardCharsets.UTF_8);
        assertTrue(text.contains(each.getValue()), each.getKey() + ": " + text);
        assertEquals(each.getValue().isEmpty(), text.isEmpty());
      }
    }
  }

  /** A block with attributes may be of several files; the last of them gives it back. */
  @ParameterizedTest
  @EnumSource(names = {"EXT3", "MODERN", "SMALL_INODES"})
  void blocksOfAttributesHaveOwners(ExtFlavour flavour) throws IOException {
    Path files = Files.createDirectories(directory.resolve("files"));
    Files.writeString(files.resolve("b"), "second");
    Files.writeString(files.resolve("c"), "third");
    Path image = make(flavour, "24M");
    Path large = Files.write(directory.resolve("large"), new byte[500]);
    debugfs(image, "ea_set -f " + large + " a user.large");
    shareAttributes(image);
    Edits.assertSilent(image);
    for (String name : new String[] {"a", "c", "b"}) {
      Edits.commit(image, edit -> edit.delete(Edits.find(edit, "/"), name));
      Edits.assertSilent(image);
    }
  }

  /** Makes the block of attributes of {@code a} be that of {@code b} and {@code c}, too. */
  static void shareAttributes(Path image) throws IOException {
    try (BlockDevice device = DiskImages.open(image, OpenOptions.writable().format("raw"))) {
      ExtChanges changes = new ExtChanges(device, Instant.EPOCH);
      long first = changes.volume().inode(numberOf(image, "a")).attributeBlock();
      assertTrue(first != 0);
      byte[] bytes = changes.device().change(first);
      ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(4, 3);
      if (changes.superblock().hasMetadataChecksums()) {
        buffer.putInt(0x10, changes.superblock().checksums().ofAttributes(first, bytes, 0x10));
      }
      for (String name : new String[] {"b", "c"}) {
        InodeChange inode = InodeChange.of(changes, numberOf(image, name));
        inode.bytes().putInt(0x68, (int) first);
        inode.addBlocks(1);
        inode.save();
      }
      for (Map.Entry<Long, byte[]> block : changes.device().changes().entrySet()) {
        device.write(block.getKey() * changes.superblock().blockSize(), block.getValue());
      }
    }
  }

  private static long numberOf(Path image, String name) {
    String text = ask(image, "stat " + name);
    int at = text.indexOf("Inode: ") + 7;
    return Long.parseLong(text.substring(at, text.indexOf(' ', at)));
  }

  /** A file in many pieces, whose tree of extents has several levels, is cut and made longer. */
  @ParameterizedTest
  @EnumSource(names = {"MODERN_1K", "EXT2_1K"})
  void filesInManyPieces(ExtFlavour flavour) throws IOException {
    Path image = make(flavour, "24M");
    int pieces = 700;
    byte[] expected = new byte[pieces * 2048];
    Edits.commit(
        image,
        edit -> {
          for (int i = pieces - 1; i >= 0; i--) {
            byte[] piece = new byte[1024];
            Arrays.fill(piece, (byte) (i | 1));
            System.arraycopy(piece, 0, expected, i * 2048, 1024);
            Edits.write(edit, "/a", i * 2048L, piece);
          }
          edit.setSize(Edits.find(edit, "/a"), expected.length);
        });
    assertHas(image, "/a", expected);
    if (flavour == ExtFlavour.MODERN_1K) {
      assertTrue(ask(image, "stat a").contains("(ETB1)"), "no tree of two levels");
    }
    for (int size : new int[] {1_000_001, 150_000, 9000, 2000}) {
      Edits.commit(image, edit -> edit.setSize(Edits.find(edit, "/a"), size));
      assertHas(image, "/a", Arrays.copyOf(expected, size));
    }
    Edits.commit(image, edit -> Edits.write(edit, "/a", 0, expected));
    Edits.commit(image, edit -> edit.delete(Edits.find(edit, "/"), "a"));
    Edits.assertSilent(image);
  }

  private static void assertHas(Path image, String path, byte[] expected) throws IOException {
    Edits.assertSilent(image);
    try (FileSystem mounted = DiskFileSystems.open(image)) {
      assertArrayEquals(expected, Files.readAllBytes(mounted.getPath(path)));
    }
  }

  /** What was reserved for a file, and has no content, gets some where it is written. */
  @Test
  void reservedBlocksGetContent() throws IOException {
    Path image = make(ExtFlavour.MODERN_1K, "24M");
    debugfs(image, "fallocate a 0 40");
    byte[] expected = new byte[20_000];
    System.arraycopy("content".getBytes(StandardCharsets.UTF_8), 0, expected, 0, 7);
    Arrays.fill(expected, 10_000, 13_000, (byte) 'x');
    Arrays.fill(expected, 19_990, 20_000, (byte) 'y');
    Edits.commit(
        image,
        edit -> {
          Edits.write(edit, "/a", 10_000, "x".repeat(3000).getBytes(StandardCharsets.UTF_8));
          Edits.write(edit, "/a", 19_990, "y".repeat(10).getBytes(StandardCharsets.UTF_8));
        });
    assertHas(image, "/a", expected);
  }

  /** Groups that were never used have no bitmaps; a volume is filled to its end. */
  @ParameterizedTest
  @EnumSource(names = {"MODERN_1K", "META_GROUPS", "SMALL_GROUPS", "EXT2_1K"})
  void allOfAVolumeIsUsed(ExtFlavour flavour) throws IOException {
    Path image = make(flavour, "24M");
    int[] made = {0};
    Edits.commit(
        image,
        edit -> {
          byte[] content = new byte[1_000_000];
          Arrays.fill(content, (byte) 'x');
          FileNode root = Edits.find(edit, "/");
          try {
            while (true) {
              edit.createFile(root, "file " + made[0], 0644);
              edit.write(Edits.find(edit, "/file " + made[0]), 0, MemorySegment.ofArray(content));
              made[0]++;
            }
          } catch (FileSystemException e) {
            assertTrue(String.valueOf(e.getReason()).contains("free"), e.toString());
          }
        });
    Edits.assertSilent(image);
    assertTrue(made[0] > 10, made[0] + " files");
    Edits.commit(
        image,
        edit -> {
          for (int i = 0; i < made[0]; i++) {
            edit.delete(Edits.find(edit, "/"), "file " + i);
          }
        });
    Edits.assertSilent(image);
  }

  @ParameterizedTest
  @CsvSource({"half_md4", "tea", "legacy"})
  void hashesAreThoseOfDebugfs(String kind) throws IOException {
    ByteBuffer superblock = ByteBuffer.allocate(1024).order(ByteOrder.LITTLE_ENDIAN);
    superblock.put(0xEC, HexFormat.of().parseHex("33333333333343338333333333333333"));
    int version = Map.of("legacy", 0, "half_md4", 1, "tea", 2).get(kind);
    for (String name :
        new String[] {"file-0127.conf", "ümläut", "a", "x".repeat(255), "y".repeat(32)}) {
      String output =
          Oracle.of("debugfs")
              .run("-R", "dx_hash -h " + kind + " -s 33333333-3333-4333-8333-333333333333 " + name)
              .output();
      long hash = NameHash.of(superblock, version).of(name.getBytes(StandardCharsets.UTF_8));
      assertTrue(output.contains("0x%08x".formatted(hash)), output + " " + Long.toHexString(hash));
    }
  }

  @Test
  void hashesAreKnown() {
    ByteBuffer superblock = ByteBuffer.allocate(1024).order(ByteOrder.LITTLE_ENDIAN);
    superblock.put(0xEC, HexFormat.of().parseHex("33333333333343338333333333333333"));
    NameHash hash = NameHash.of(superblock, 1);
    assertEquals(0xFC95B084L, hash.of("file-0127.conf".getBytes(StandardCharsets.UTF_8)));
    assertEquals(0x16FF1976L, hash.of("ümläut".getBytes(StandardCharsets.UTF_8)));
  }
}
