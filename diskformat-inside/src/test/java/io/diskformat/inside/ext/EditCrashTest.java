package io.diskformat.inside.ext;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.UnsupportedFeatureException;
import io.diskformat.filesystem.FileNode;
import io.diskformat.filesystem.FileTreeEdit;
import io.diskformat.inside.RecordedDevice;
import io.diskformat.testing.Oracle;
import io.diskformat.testing.Seeds;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What a crash leaves of an edit: any of its writes, and any of the sectors that were written
 * between two barriers. e2fsck repairs all of it without a question, and finds nothing then.
 */
class EditCrashTest {
  private static final int STATES = Integer.getInteger("diskformat.states", 1);
  private static final int EDITS = Integer.getInteger("diskformat.edits", 1);

  private static final int MOST_STATES = 100;

  private static final Instant NOW = Instant.ofEpochSecond(1_750_000_000);

  @TempDir Path directory;

  @ParameterizedTest
  @EnumSource(names = {"EXT2_1K", "EXT3", "GROUP_CHECKSUMS", "MODERN_1K", "INLINE_DATA"})
  void isRepairedWithoutAQuestion(ExtFlavour flavour) throws IOException {
    Random random = new Random(Seeds.of(EditCrashTest.class, 1) + flavour.ordinal());
    byte[] before = make(flavour);
    for (int i = 0; i < EDITS; i++) {
      RecordedDevice device = edited(before, random);
      device.prefixes(this::assertRepaired);
      device.subsets(random, STATES, this::assertRepaired);
    }
  }

  /** There is no order in which a directory can be moved: that goes through the journal. */
  @ParameterizedTest
  @CsvSource({"EXT3, 0", "MODERN_1K, 0", "MODERN, 2", "MODERN, 3"})
  void directoriesAreInOnePlace(ExtFlavour flavour, int checksums) throws IOException {
    Random random = new Random(Seeds.of(EditCrashTest.class, 1));
    byte[] before = make(flavour);
    if (checksums > 0) {
      Path image = Files.write(directory.resolve("image"), before);
      Path block = Files.write(directory.resolve("block"), new byte[4096]);
      Oracle.of("debugfs")
          .input("jo -c -v %d\njw -b 2000 %s\njc\njr\n".formatted(checksums, block))
          .run("-w", "-f", "-", image)
          .orFail();
      before = Files.readAllBytes(image);
    }
    RecordedDevice device = new RecordedDevice(before);
    try (ExtEdit edit = ExtEdit.of(device, NOW)) {
      FileNode root = Edits.find(edit, "/");
      edit.rename(Edits.find(edit, "/a/b"), "c", root, "moved");
      edit.createDirectory(root, "new", 0755);
      edit.rename(Edits.find(edit, "/a"), "b", Edits.find(edit, "/new"), "x".repeat(200));
      edit.delete(Edits.find(edit, "/a"), "linked");
      edit.delete(root, "a");
      edit.rename(root, "moved", root, "m".repeat(200));
      edit.commit();
    }
    device.prefixes(this::assertRepaired);
    device.subsets(random, STATES, this::assertRepaired);
    Path file = Files.write(directory.resolve("state"), device.bytes());
    Edits.assertSilent(file);
  }

  /** Names in several sectors, and behind entries in others. */
  @Test
  void namesAppearAtOnce() throws IOException {
    RecordedDevice device = new RecordedDevice(make(ExtFlavour.MODERN_1K));
    try (ExtEdit edit = ExtEdit.of(device, NOW)) {
      for (int i = 0; i < 9; i++) {
        edit.createFile(Edits.find(edit, "/a/b"), i + "n".repeat(150 + i * 10), 0644);
        edit.createFile(Edits.find(edit, "/a/b"), "short" + i, 0644);
      }
      edit.commit();
    }
    device.subsets(new Random(1), 12, this::assertRepaired);
  }

  /** A name that goes and comes again is never two files', nor a file without a name. */
  @ParameterizedTest
  @EnumSource(names = {"EXT2_1K", "EXT3", "MODERN_1K"})
  void namesAreTaken(ExtFlavour flavour) throws IOException {
    RecordedDevice device = new RecordedDevice(make(flavour));
    try (ExtEdit edit = ExtEdit.of(device, NOW)) {
      FileNode root = Edits.find(edit, "/");
      edit.delete(root, "file 3");
      edit.createFile(root, "file 3", 0644);
      Edits.write(edit, "/file 3", 0, new byte[3000]);
      edit.delete(root, "file 4");
      edit.rename(root, "file 5", root, "file 4");
      edit.delete(root, "file 9");
      edit.createSymbolicLink(root, "file 9", "target");
      edit.rename(root, "file 6", root, "file 5");
      for (int i = 0; i < 20; i++) {
        edit.delete(Edits.find(edit, "/a/b/c"), "deep " + i);
      }
      edit.rename(Edits.find(edit, "/a"), "linked", root, "file 6");
      edit.delete(Edits.find(edit, "/a/b"), "c");
      edit.delete(Edits.find(edit, "/a"), "b");
      edit.createDirectory(Edits.find(edit, "/a"), "b", 0755);
      edit.createDirectory(Edits.find(edit, "/a/b"), "c", 0755);
      edit.createFile(Edits.find(edit, "/a/b/c"), "deep 1", 0644);
      if (flavour != ExtFlavour.EXT2_1K) {
        edit.rename(root, "file 7", root, "between");
        edit.rename(root, "file 8", root, "file 7");
        edit.rename(root, "between", root, "file 8");
      }
      edit.commit();
    }
    device.prefixes(this::assertRepaired);
    device.subsets(new Random(1), 2 * STATES, this::assertRepaired);
    Edits.assertSilent(Files.write(directory.resolve("state"), device.bytes()));
  }

  /** A directory that is moved over what is removed comes when that is gone. */
  @ParameterizedTest
  @EnumSource(names = {"EXT3", "MODERN_1K"})
  void directoriesMoveOverOthers(ExtFlavour flavour) throws IOException {
    RecordedDevice device = new RecordedDevice(make(flavour));
    try (ExtEdit edit = ExtEdit.of(device, NOW)) {
      edit.rename(Edits.find(edit, "/a/b"), "c", Edits.find(edit, "/"), "between");
      edit.delete(Edits.find(edit, "/a"), "b");
      edit.rename(Edits.find(edit, "/"), "between", Edits.find(edit, "/a"), "b");
      UnsupportedFeatureException e = assertThrows(UnsupportedFeatureException.class, edit::commit);
      assertTrue(e.feature().contains("the same edit removes"), e.feature());
    }
    RecordedDevice other = new RecordedDevice(make(flavour));
    try (ExtEdit edit = ExtEdit.of(other, NOW)) {
      FileNode root = Edits.find(edit, "/");
      edit.delete(root, "file 7");
      edit.rename(Edits.find(edit, "/a"), "b", root, "file 7");
      edit.commit();
    }
    other.prefixes(this::assertRepaired);
    other.subsets(new Random(1), 4 * STATES, this::assertRepaired);
    Edits.assertSilent(Files.write(directory.resolve("state"), other.bytes()));
  }

  /** A file that has taken a name keeps it while directories move in the same block. */
  @ParameterizedTest
  @EnumSource(names = {"EXT3", "MODERN_1K"})
  void noMoveTakesANameBack(ExtFlavour flavour) throws IOException {
    RecordedDevice device = new RecordedDevice(make(flavour));
    try (ExtEdit edit = ExtEdit.of(device, NOW)) {
      FileNode root = Edits.find(edit, "/");
      edit.delete(root, "file 3");
      edit.rename(root, "file 4", root, "file 3");
      edit.delete(root, "file 7");
      edit.rename(Edits.find(edit, "/a"), "b", root, "file 7");
      edit.commit();
    }
    device.prefixes((what, image) -> {
      assertRepaired(what, image);
      String found =
          Oracle.of("debugfs")
              .run("-R", "ls -p /lost+found", directory.resolve("state"))
              .orFail()
              .output();
      assertEquals(0, found.lines().filter(line -> line.contains("/#")).count(), what + found);
    });
  }

  /** Its old name would be there beside the directory's. */
  @Test
  void noDirectoryTakesTheNameOfAFileThatStays() throws IOException {
    RecordedDevice device = new RecordedDevice(make(ExtFlavour.EXT3));
    try (ExtEdit edit = ExtEdit.of(device, NOW)) {
      FileNode root = Edits.find(edit, "/");
      edit.rename(root, "file 7", root, "renamed");
      edit.rename(Edits.find(edit, "/a"), "b", root, "file 7");
      UnsupportedFeatureException e = assertThrows(UnsupportedFeatureException.class, edit::commit);
      assertTrue(e.feature().contains("still there"), e.feature());
    }
    assertArrayEquals(device.before(), device.bytes());
  }

  /** Files that each take the name of the one before: each name is written once. */
  @Test
  void chainsOfNamesAreNotWrittenOverAndOver() throws IOException {
    RecordedDevice first = new RecordedDevice(make(ExtFlavour.MODERN_1K));
    String name = "n".repeat(200);
    try (ExtEdit edit = ExtEdit.of(first, NOW)) {
      for (int i = 0; i < 100; i++) {
        edit.createFile(Edits.find(edit, "/a"), name + i, 0644);
      }
      edit.commit();
    }
    RecordedDevice device = new RecordedDevice(first.bytes());
    try (ExtEdit edit = ExtEdit.of(device, NOW)) {
      FileNode directory = Edits.find(edit, "/a");
      edit.delete(directory, name + 0);
      for (int i = 1; i < 100; i++) {
        edit.rename(directory, name + i, directory, name + (i - 1));
      }
      edit.commit();
    }
    assertTrue(device.written() < 300_000, device.written() + " bytes");
    Edits.assertSilent(Files.write(directory.resolve("state"), device.bytes()));
  }

  /** What no order of writes can do is refused where there is no journal, and in other cases. */
  @Test
  void namesThatNoOrderExchangesAreRefused() throws IOException {
    byte[] before = make(ExtFlavour.EXT2_1K);
    RecordedDevice device = new RecordedDevice(before);
    try (ExtEdit edit = ExtEdit.of(device, NOW)) {
      FileNode root = Edits.find(edit, "/");
      edit.rename(root, "file 7", root, "between");
      edit.rename(root, "file 8", root, "file 7");
      edit.rename(root, "between", root, "file 8");
      UnsupportedFeatureException e = assertThrows(UnsupportedFeatureException.class, edit::commit);
      assertTrue(e.feature().contains("exchanging"), e.feature());
    }
    assertArrayEquals(before, device.bytes());
    RecordedDevice journaled = new RecordedDevice(make(ExtFlavour.MODERN));
    try (ExtEdit edit = ExtEdit.of(journaled, NOW)) {
      FileNode root = Edits.find(edit, "/");
      edit.delete(root, "file 7");
      edit.createDirectory(root, "file 7", 0755);
      edit.rename(root, "file 8", Edits.find(edit, "/file 7"), "moved");
      edit.createFile(root, "file 8", 0644);
      edit.delete(root, "file 8");
      edit.rename(Edits.find(edit, "/a"), "b", Edits.find(edit, "/file 7"), "b");
      UnsupportedFeatureException e = assertThrows(UnsupportedFeatureException.class, edit::commit);
      assertTrue(e.feature().contains("the same edit removes"), e.feature());
    }
    assertArrayEquals(journaled.before(), journaled.bytes());
  }

  /** Creates directories, one in the other, with inodes that are not in one sector. */
  private static void createTree(FileTreeEdit edit, String name) throws IOException {
    FileNode root = Edits.find(edit, "/");
    edit.createDirectory(root, name, 0755);
    createOthers(edit, name + "1");
    edit.createDirectory(Edits.find(edit, "/" + name), "below", 0755);
    createOthers(edit, name + "2");
    edit.createFile(Edits.find(edit, "/" + name + "/below"), "file", 0644);
    Edits.write(edit, "/" + name + "/below/file", 0, new byte[] {1});
    createOthers(edit, name + "3");
  }

  private static void createOthers(FileTreeEdit edit, String name) throws IOException {
    for (int i = 0; i < 4; i++) {
      edit.createFile(Edits.find(edit, "/"), name + "-" + i, 0644);
    }
  }

  @ParameterizedTest
  @EnumSource(names = "MODERN")
  void eachBarrierIsNeeded(ExtFlavour flavour) throws IOException {
    RecordedDevice first = new RecordedDevice(make(flavour));
    try (ExtEdit edit = ExtEdit.of(first, NOW)) {
      createTree(edit, "old");
      edit.commit();
    }
    RecordedDevice device = new RecordedDevice(first.bytes());
    try (ExtEdit edit = ExtEdit.of(device, NOW)) {
      createTree(edit, "new");
      edit.delete(Edits.find(edit, "/old/below"), "file");
      edit.delete(Edits.find(edit, "/old"), "below");
      edit.delete(Edits.find(edit, "/"), "old");
      edit.commit();
    }
    assertEquals(10, device.flushes());
    for (int flush = 0; flush < device.flushes() - 1; flush++) {
      assertBarrierIsNeeded(device, flush);
    }
  }

  private void assertBarrierIsNeeded(RecordedDevice device, int flush) throws IOException {
    Random random = new Random(1);
    boolean[] noticed = {false};
    device
        .without(flush)
        .subsets(
            random,
            flush,
            MOST_STATES,
            (what, image) -> noticed[0] = noticed[0] || !problem(image).isEmpty());
    assertTrue(noticed[0], "barrier " + flush);
  }

  /** What is removed, and comes again by the same names, takes more of them. */
  @Test
  void eachBarrierIsNeededWhereNamesAreTaken() throws IOException {
    RecordedDevice first = new RecordedDevice(make(ExtFlavour.MODERN));
    try (ExtEdit edit = ExtEdit.of(first, NOW)) {
      createTree(edit, "old");
      edit.commit();
    }
    RecordedDevice device = new RecordedDevice(first.bytes());
    try (ExtEdit edit = ExtEdit.of(device, NOW)) {
      createOthers(edit, "0");
      edit.delete(Edits.find(edit, "/old/below"), "file");
      edit.delete(Edits.find(edit, "/old"), "below");
      edit.delete(Edits.find(edit, "/"), "old");
      FileNode root = Edits.find(edit, "/");
      edit.createDirectory(root, "old", 0755);
      createOthers(edit, "1");
      edit.createDirectory(Edits.find(edit, "/old"), "below", 0755);
      createOthers(edit, "2");
      edit.createFile(Edits.find(edit, "/old/below"), "file", 0644);
      Edits.write(edit, "/old/below/file", 0, new byte[] {1});
      edit.commit();
    }
    assertEquals(11, device.flushes());
    // The third is between new names and new files, which here come after others.
    for (int flush : new int[] {0, 1, 3, 4, 5, 6, 7, 8, 9}) {
      assertBarrierIsNeeded(device, flush);
    }
  }

  private byte[] make(ExtFlavour flavour) throws IOException {
    Path files = directory.resolve("files");
    if (Files.exists(files)) {
      Path image = Files.createTempFile(directory, "image", "");
      flavour.make(image, files, "8M");
      return Files.readAllBytes(image);
    }
    Path deep = Files.createDirectories(files.resolve("a/b/c"));
    for (int i = 0; i < 20; i++) {
      Files.write(
          files.resolve("file " + i), "x".repeat(i * 1500).getBytes(StandardCharsets.UTF_8));
      Files.write(deep.resolve("deep " + i), new byte[i * 900]);
    }
    Files.createLink(files.resolve("a/linked"), files.resolve("file 9"));
    Path image = directory.resolve("image");
    flavour.make(image, files, "8M");
    return Files.readAllBytes(image);
  }

  /** Makes an edit with a bit of everything. */
  private static RecordedDevice edited(byte[] before, Random random) throws IOException {
    RecordedDevice device = new RecordedDevice(before);
    try (ExtEdit edit = ExtEdit.of(device, NOW)) {
      TreeModel model = new TreeModel(random, edit.tree());
      model.change(edit, NOW, 1 + random.nextInt(20));
      edit.commit();
    } catch (UnsupportedFeatureException e) {
      // No order of writes does that, and nothing is written.
      return edited(before, random);
    }
    return device;
  }

  private void assertRepaired(String what, byte[] image) throws IOException {
    String problem = problem(image);
    assertEquals("", problem, what);
  }

  private String problem(byte[] image) throws IOException {
    return Edits.problemAfterRepair(directory.resolve("state"), image);
  }
}
