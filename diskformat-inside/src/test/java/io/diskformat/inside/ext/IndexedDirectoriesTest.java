package io.diskformat.inside.ext;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.BlockDevice;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.filesystem.FileNode;
import io.diskformat.filesystem.FileTreeEdit;
import io.diskformat.filesystem.NodeAttributes.Kind;
import io.diskformat.inside.RecordedDevice;
import io.diskformat.testing.Oracle;
import io.diskformat.testing.Seeds;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Names that come into a directory with an index whose leaves are full. e2fsck computes the hash of
 * each name, and finds each in its leaf.
 */
class IndexedDirectoriesTest {
  private static final int STATES = Integer.getInteger("diskformat.states", 1);
  private static final Instant NOW = Instant.ofEpochSecond(1_750_000_000);
  private static final String CROWD = "/crowd";

  @TempDir Path directory;

  /** Makes a volume with a directory that has an index. */
  private Path make(ExtFlavour flavour, String size, int names) throws IOException {
    Path crowd = Files.createDirectories(directory.resolve("files/crowd"));
    for (int i = 0; i < names; i++) {
      Files.writeString(crowd.resolve("a name that is not short at all, number " + i), "x");
    }
    Files.createDirectories(crowd.resolve("below"));
    Path image = directory.resolve("image");
    flavour.make(image, directory.resolve("files"), size);
    index(image);
    return image;
  }

  private static void index(Path image) {
    assertTrue(Oracle.of("e2fsck").run("-fyD", image).exitCode() <= 1);
  }

  private static String name(Random random, int number) {
    return switch (random.nextInt(4)) {
      case 0 -> number + "n".repeat(random.nextInt(200));
      case 1 -> "ümläut 日本 " + number;
      case 2 -> "\uFFFD".repeat(random.nextInt(60)) + number;
      default -> "file-" + number;
    };
  }

  /** Returns how many levels the index of the directory has. */
  private static int levels(Path image) {
    String dump = Oracle.of("debugfs").run("-R", "htree_dump " + CROWD, image).orFail().output();
    assertTrue(dump.contains("Indirect levels: "), dump);
    return Integer.parseInt(dump.replaceFirst("(?s).*Indirect levels: ([0-9]+).*", "$1")) + 1;
  }

  private static Set<String> list(Path image) throws IOException {
    Set<String> names = new TreeSet<>();
    try (BlockDevice device = DiskImages.open(image, OpenOptions.readOnly().format("raw"))) {
      FileNode node = new Ext().open(device, Map.of()).root().find("crowd").orElseThrow();
      FileNode.Cursor cursor = node.list();
      for (FileNode.Entry entry = cursor.next(); entry != null; entry = cursor.next()) {
        assertTrue(names.add(entry.name()), entry.name());
      }
    }
    return names;
  }

  /** The kinds of hashes, of bytes with a sign and without one. */
  @ParameterizedTest
  @CsvSource({
    "MODERN_1K, half_md4, 1",
    "MODERN_1K, half_md4, 2",
    "MODERN_1K, tea, 1",
    "MODERN_1K, tea, 2",
    "MODERN_1K, legacy, 1",
    "MODERN_1K, legacy, 2",
    "GROUP_CHECKSUMS, half_md4, 2",
    "EXT3, half_md4, 1",
    "EXT2_1K, tea, 1",
    "NO_EXTENTS, half_md4, 1",
  })
  void leavesAreDivided(ExtFlavour flavour, String hash, int sign) throws IOException {
    Random random = new Random(Seeds.of(IndexedDirectoriesTest.class, 1) + sign);
    Path files = Files.createDirectories(directory.resolve("files"));
    Path image = directory.resolve("image");
    Files.createDirectories(files.resolve("crowd/below"));
    for (int i = 0; i < 120; i++) {
      Files.createFile(files.resolve("crowd/a name that is not short at all, number " + i));
    }
    flavour.make(image, files, "24M");
    Oracle.of("tune2fs").run("-E", "hash_alg=" + hash, image).orFail();
    Oracle.of("debugfs").run("-w", "-R", "ssv flags " + sign, image).orFail();
    index(image);
    Set<String> expected = list(image);
    for (int session = 0; session < 2; session++) {
      List<String> known = new ArrayList<>(expected);
      Edits.commit(
          image,
          edit -> {
            for (int i = 0; i < 70; i++) {
              String name = name(random, random.nextInt(100_000));
              if (!expected.add(name)) {
                continue;
              }
              edit.createFile(Edits.find(edit, CROWD), name, 0644);
              if (i % 4 == 0) {
                String gone = known.remove(random.nextInt(known.size()));
                if (expected.remove(gone)) {
                  edit.delete(Edits.find(edit, CROWD), gone);
                }
              }
            }
          });
      Edits.assertSilent(image);
      assertEquals(expected, list(image));
    }
    assertEquals(1, levels(image));
  }

  /** Linux makes a root of a block of names, and leaves at its end what there was. */
  @Test
  void rootsMayLookLikeLeaves() throws IOException {
    Path image = make(ExtFlavour.MODERN_1K, "8M", 60);
    try (BlockDevice device = DiskImages.open(image, OpenOptions.writable().format("raw"))) {
      ExtChanges changes = new ExtChanges(device, NOW);
      FileNode crowd = new ExtTree(changes.volume()).root().find("crowd").orElseThrow();
      Inode inode = changes.volume().inode(((ExtNode) crowd).number());
      long block = new DirectoryIndex(changes, inode).block(0);
      byte[] root = changes.volume().read(block, "root").array();
      ByteBuffer.wrap(root)
          .order(ByteOrder.LITTLE_ENDIAN)
          .putInt(root.length - 12, 0)
          .putInt(root.length - 8, DirectoryBlocks.TAIL_LENGTH_AND_TYPE);
      new DirectorySigner(changes).signIndex(inode, root, true);
      device.write(block * root.length, root);
    }
    Edits.assertSilent(image);
    assertEquals(61, list(image).size());
    Edits.commit(
        image,
        edit -> {
          edit.rename(Edits.find(edit, "/"), "crowd", Edits.find(edit, "/lost+found"), "crowd");
          for (int i = 0; i < 60; i++) {
            edit.createFile(Edits.find(edit, "/lost+found/crowd"), "new name " + i, 0644);
          }
        });
    Edits.assertSilent(image);
  }

  @ParameterizedTest
  @CsvSource({"MODERN_1K", "EXT2_1K"})
  void theIndexGetsAnotherLevel(ExtFlavour flavour) throws IOException {
    Path image = make(flavour, "24M", 60);
    int[] made = {0};
    for (int session = 0; session < 2; session++) {
      Edits.commit(
          image,
          edit -> {
            for (int i = 0; i < 210; i++) {
              String name = made[0]++ + "n".repeat(240);
              edit.createFile(Edits.find(edit, CROWD), name, 0644);
            }
          });
      Edits.assertSilent(image);
    }
    assertEquals(2, levels(image));
    assertEquals(60 + 1 + made[0], list(image).size());
    Edits.commit(
        image,
        edit -> {
          for (int i = 0; i < made[0]; i++) {
            edit.delete(Edits.find(edit, CROWD), i + "n".repeat(240));
          }
        });
    Edits.assertSilent(image);
    assertEquals(61, list(image).size());
  }

  /** Changes of all kinds in a directory whose leaves are divided at the same time. */
  private static void change(FileTreeEdit edit) throws IOException {
    for (int i = 0; i < 9; i++) {
      edit.delete(Edits.find(edit, CROWD), "a name that is not short at all, number " + i * 5);
    }
    edit.rename(Edits.find(edit, CROWD), "below", Edits.find(edit, "/"), "moved out");
    edit.rename(
        Edits.find(edit, CROWD),
        "a name that is not short at all, number 1",
        Edits.find(edit, CROWD),
        "renamed");
    edit.rename(Edits.find(edit, "/"), "other", Edits.find(edit, CROWD), "moved in");
    for (int i = 0; i < 40; i++) {
      edit.createFile(Edits.find(edit, CROWD), i + "n".repeat(i * 5), 0644);
    }
    edit.createDirectory(Edits.find(edit, CROWD), "new", 0755);
    edit.createFile(Edits.find(edit, CROWD + "/new"), "file", 0644);
    edit.rename(
        Edits.find(edit, CROWD),
        "a name that is not short at all, number 2",
        Edits.find(edit, CROWD + "/new"),
        "moved down");
    for (int i = 0; i < 40; i += 3) {
      edit.delete(Edits.find(edit, CROWD), i + "n".repeat(i * 5));
    }
    // Names that were there before, and go and come.
    for (int i = 0; i < 4; i++) {
      edit.createFile(
          Edits.find(edit, CROWD), "a name that is not short at all, number " + i * 5, 0600);
    }
  }

  @ParameterizedTest
  @CsvSource({"EXT3", "MODERN_1K", "EXT2_1K"})
  void whateverACrashLeavesIsRepaired(ExtFlavour flavour) throws IOException {
    Files.createDirectories(directory.resolve("files/other/deep"));
    Path image = make(flavour, "8M", 60);
    boolean hasJournal = flavour != ExtFlavour.EXT2_1K;
    RecordedDevice device = new RecordedDevice(Files.readAllBytes(image));
    try (ExtEdit edit = ExtEdit.of(device, NOW)) {
      if (hasJournal) {
        change(edit);
      } else {
        for (int i = 0; i < 40; i++) {
          edit.createFile(Edits.find(edit, CROWD), i + "n".repeat(i * 5), 0644);
        }
      }
      edit.commit();
    }
    device.prefixes(this::assertRepaired);
    device.subsets(
        new Random(Seeds.of(IndexedDirectoriesTest.class, 1)), STATES, this::assertRepaired);
    Path file = Files.write(directory.resolve("state"), device.bytes());
    Edits.assertSilent(file);
  }

  @Test
  void eachBarrierIsNeeded() throws IOException {
    Path image = make(ExtFlavour.MODERN_1K, "8M", 60);
    RecordedDevice device = new RecordedDevice(Files.readAllBytes(image));
    try (ExtEdit edit = ExtEdit.of(device, NOW)) {
      for (int i = 0; i < 30; i++) {
        edit.createFile(Edits.find(edit, CROWD), i + "n".repeat(100), 0644);
        // An empty file without a name is taken away without a question.
        Edits.write(edit, CROWD + "/" + i + "n".repeat(100), 0, new byte[] {1});
        edit.delete(Edits.find(edit, CROWD), "a name that is not short at all, number " + i);
      }
      edit.commit();
    }
    assertEquals(6, device.flushes());
    for (int flush = 0; flush < device.flushes() - 1; flush++) {
      boolean[] noticed = {false};
      device
          .without(flush)
          .subsets(
              new Random(1),
              flush,
              100,
              (what, state) ->
                  noticed[0] =
                      noticed[0]
                          || !Edits.problemAfterRepair(directory.resolve("state"), state)
                              .isEmpty());
      assertTrue(noticed[0], "barrier " + flush);
    }
  }

  private void assertRepaired(String what, byte[] image) throws IOException {
    assertEquals("", Edits.problemAfterRepair(directory.resolve("state"), image), what);
  }

  /** What was gone from leaves of a directory that is removed is in no other directory. */
  @Test
  void blocksOfADirectoryThatIsRemovedAreOthers() throws IOException {
    for (int i = 0; i < 30; i++) {
      Files.createDirectories(directory.resolve("files/d" + i));
    }
    Path image = make(ExtFlavour.MODERN_1K, "8M", 60);
    Edits.commit(
        image,
        edit -> {
          for (int i = 0; i < 60; i += 2) {
            edit.delete(Edits.find(edit, CROWD), "a name that is not short at all, number " + i);
          }
          for (int i = 0; i < 60; i++) {
            edit.createFile(
                Edits.find(edit, CROWD), "a new name of some length, number " + i, 0644);
          }
          for (int i = 0; i < 60; i++) {
            edit.delete(Edits.find(edit, CROWD), "a new name of some length, number " + i);
          }
          for (int i = 1; i < 60; i += 2) {
            edit.delete(Edits.find(edit, CROWD), "a name that is not short at all, number " + i);
          }
          edit.delete(Edits.find(edit, CROWD), "below");
          edit.delete(Edits.find(edit, "/"), "crowd");
          for (int i = 0; i < 30; i++) {
            edit.createDirectory(Edits.find(edit, "/"), "new" + i, 0755);
            edit.rename(Edits.find(edit, "/"), "d" + i, Edits.find(edit, "/new" + i), "moved");
          }
        });
    Edits.assertSilent(image);
  }

  @Test
  void whatFailsLeavesAllAsItWas() throws IOException {
    Path image = make(ExtFlavour.EXT2_1K, "2M", 60);
    Edits.commit(
        image,
        edit -> {
          String before = TreeModel.describe(edit.tree());
          int made = 0;
          try {
            while (true) {
              edit.createFile(Edits.find(edit, CROWD), made + "n".repeat(240), 0644);
              made++;
            }
          } catch (IOException e) {
            assertTrue(String.valueOf(e.getMessage()).contains("free"), e.toString());
          }
          assertTrue(made > 100, made + " were made");
          for (int i = 0; i < made; i++) {
            edit.delete(Edits.find(edit, CROWD), i + "n".repeat(240));
          }
          assertEquals(Kind.DIRECTORY, Edits.find(edit, CROWD).kind());
          assertEquals(before.lines().count(), TreeModel.describe(edit.tree()).lines().count());
        });
    Edits.assertSilent(image);
  }
}
