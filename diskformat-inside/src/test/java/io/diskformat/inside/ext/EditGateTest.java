package io.diskformat.inside.ext;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.UnsupportedFeatureException;
import io.diskformat.filesystem.FileNode;
import io.diskformat.testing.Oracle;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is refused, by which name, and that nothing is written then. */
class EditGateTest {
  @TempDir Path directory;
  private Path image;

  @BeforeEach
  void setUp() {
    image = directory.resolve("image");
  }

  private void make(ExtFlavour flavour) throws IOException {
    Path files = Files.createDirectories(directory.resolve("files"));
    Files.writeString(files.resolve("a"), "content");
    Files.writeString(files.resolve("large"), "x".repeat(20_000));
    Files.createDirectories(files.resolve("d/e"));
    flavour.make(image, files, "24M");
  }

  private void debugfs(String... commands) {
    Oracle.of("debugfs")
        .input(String.join("\n", commands) + "\n")
        .run("-w", "-f", "-", image)
        .orFail();
  }

  /** Fails unless an edit is refused by a name, and the image stays as it is. */
  private void assertRefused(String name, Edits.Script script) throws IOException {
    byte[] before = Files.readAllBytes(image);
    UnsupportedFeatureException refused =
        assertThrows(UnsupportedFeatureException.class, () -> Edits.commit(image, script));
    String message = String.valueOf(refused.getMessage());
    assertTrue(message.contains(name), message);
    assertArrayEquals(before, Files.readAllBytes(image));
  }

  @ParameterizedTest
  @CsvSource({
    "feature needs_recovery, needs_recovery",
    "ssv state 0, state",
    "ssv state 3, state",
    "ssv last_orphan 12, orphan",
    "feature orphan_present, orphan_present",
    "feature shared_blocks, shared_blocks",
    "feature read-only, readonly"
  })
  void refusesVolumes(String command, String name) throws IOException {
    make(ExtFlavour.ORPHAN_FILE);
    debugfs(command);
    assertRefused(name, edit -> {});
  }

  @Test
  void refusesAMountedVolume() throws IOException {
    make(ExtFlavour.OTHERS);
    byte[] bytes = Files.readAllBytes(image);
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int block = buffer.getInt(1024 + 0x168);
    buffer.putInt(block * 4096 + 4, 5);
    Files.write(image, bytes);
    assertRefused("mmp", edit -> {});
  }

  @ParameterizedTest
  @CsvSource({
    "0x4, compressed",
    "0x10, immutable",
    "0x20, append-only",
    "0x800, encrypted",
    "0x100000, verity",
    "0x200000, value of an attribute"
  })
  void refusesContent(String flag, String name) throws IOException {
    make(ExtFlavour.OTHERS);
    int flags = Integer.decode(flag) | Inode.EXTENTS;
    debugfs("sif a flags 0x" + Integer.toHexString(flags));
    assertRefused(name, edit -> Edits.write(edit, "/a", 0, new byte[1]));
    assertRefused(name, edit -> edit.setSize(Edits.find(edit, "/a"), 0));
  }

  @ParameterizedTest
  @CsvSource({"OTHERS, quota", "BIGALLOC, bigalloc"})
  void refusesToChangeWhatIsInUse(ExtFlavour flavour, String name) throws IOException {
    make(flavour);
    // mke2fs does not count what it puts there.
    assertTrue(Oracle.of("e2fsck").run("-fy", image).exitCode() <= 1);
    assertRefused(name, edit -> edit.createFile(Edits.find(edit, "/"), "new", 0644));
    assertRefused(name, edit -> edit.delete(Edits.find(edit, "/"), "a"));
    assertRefused(name, edit -> edit.setSize(Edits.find(edit, "/large"), 1));
    assertRefused(name, edit -> Edits.write(edit, "/large", 100_000, new byte[1]));
    // What changes no count is done; one block may be left behind the end.
    Edits.commit(
        image,
        edit -> {
          Edits.write(edit, "/large", 100, "written".getBytes(StandardCharsets.UTF_8));
          edit.setSize(Edits.find(edit, "/a"), 0);
          edit.setSize(Edits.find(edit, "/large"), 17_000);
          edit.setPermissions(Edits.find(edit, "/large"), 0600);
        });
    Edits.assertSilent(image);
    Edits.commit(
        image,
        edit -> {
          Edits.write(edit, "/a", 0, "again".getBytes(StandardCharsets.UTF_8));
          edit.rename(Edits.find(edit, "/"), "a", Edits.find(edit, "/"), "b");
        });
    Edits.assertSilent(image);
    assertEquals("again", Oracle.of("debugfs").run("-R", "cat b", image).orFail().output());
  }

  /**
   * The second change cannot be made: nothing of the first is written, and the tree is as before.
   */
  @Test
  void aChangeThatFailsChangesNothing() throws IOException {
    make(ExtFlavour.MODERN);
    Edits.commit(
        image,
        edit -> {
          FileNode root = Edits.find(edit, "/");
          String before = TreeModel.describe(edit.tree());
          assertThrows(IOException.class, () -> edit.setSize(Edits.find(edit, "/a"), 1L << 50));
          assertThrows(IOException.class, () -> Edits.write(edit, "/a", 0, new byte[30_000_000]));
          assertThrows(
              FileAlreadyExistsException.class, () -> edit.createFile(root, "large", 0644));
          assertThrows(NoSuchFileException.class, () -> edit.delete(root, "none"));
          for (String name : List.of("", ".", "..", "a/b", "x".repeat(256))) {
            assertThrows(IOException.class, () -> edit.createFile(root, name, 0644), name);
          }
          assertEquals(before, TreeModel.describe(edit.tree()));
        });
    Edits.assertSilent(image);
  }

  @Test
  void nothingIsWrittenBeforeItIsCommitted() throws IOException {
    make(ExtFlavour.MODERN);
    byte[] before = Files.readAllBytes(image);
    assertThrows(
        IllegalStateException.class,
        () ->
            Edits.commit(
                image,
                edit -> {
                  edit.delete(Edits.find(edit, "/"), "a");
                  edit.createDirectory(Edits.find(edit, "/"), "new", 0755);
                  edit.close();
                }));
    assertArrayEquals(before, Files.readAllBytes(image));
  }

  @Test
  void directoriesOfAVolumeWithoutAJournalStayWhereTheyAre() throws IOException {
    make(ExtFlavour.NO_JOURNAL);
    assertRefused(
        "journal",
        edit -> edit.rename(Edits.find(edit, "/d"), "e", Edits.find(edit, "/"), "moved"));
  }
}
