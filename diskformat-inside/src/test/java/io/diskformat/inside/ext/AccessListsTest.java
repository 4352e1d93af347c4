package io.diskformat.inside.ext;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.diskformat.filesystem.DiskFileSystems;
import io.diskformat.testing.Oracle;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Permissions of files that have lists of who may do what: both change together. */
class AccessListsTest {
  private static final String NAME = "system.posix_acl_access";

  @TempDir Path directory;

  private Path make(ExtFlavour flavour) throws IOException {
    Path files = Files.createDirectories(directory.resolve("files"));
    for (String name : new String[] {"a", "b", "c"}) {
      Files.writeString(files.resolve(name), name);
    }
    Path image = directory.resolve("image");
    flavour.make(image, files, "24M");
    return image;
  }

  /** Returns a list as Linux shows it: tags, what they may do, and whom they are about. */
  private static byte[] list(int... entries) {
    ByteBuffer list =
        ByteBuffer.allocate(4 + entries.length / 3 * 8).order(ByteOrder.LITTLE_ENDIAN).putInt(2);
    for (int i = 0; i < entries.length; i += 3) {
      list.putShort((short) entries[i]).putShort((short) entries[i + 1]).putInt(entries[i + 2]);
    }
    return list.array();
  }

  private static byte[] withMask(int owner, int mask, int others) {
    return list(
        1, owner, -1, 2, 4, 1000, 2, 6, 1001, 4, 4, -1, 8, 5, 77, 0x10, mask, -1, 0x20, others, -1);
  }

  private void set(Path image, String file, byte[] list) throws IOException {
    Path value = Files.write(directory.resolve("list"), list);
    Oracle.of("debugfs")
        .run("-w", "-R", "ea_set -f " + value + " " + file + " " + NAME, image)
        .orFail();
  }

  private static void assertShows(Path image, String file, int mode, byte[] list)
      throws IOException {
    Edits.assertSilent(image);
    try (FileSystem mounted = DiskFileSystems.open(image)) {
      Path path = mounted.getPath("/" + file);
      assertEquals(mode, (int) Files.getAttribute(path, "unix:mode") & 07777);
      byte[] found =
          Objects.requireNonNull(DiskFileSystems.extendedAttributes(path).get(NAME), "no list");
      assertEquals(HexFormat.of().formatHex(list), HexFormat.of().formatHex(found));
    }
  }

  /** In inodes, and where these have no room, in blocks. */
  @ParameterizedTest
  @CsvSource({"MODERN, 0", "MODERN, 300", "SMALL_INODES, 0", "EXT3, 300", "GROUP_CHECKSUMS, 0"})
  void theMaskFollows(ExtFlavour flavour, int otherAttribute) throws IOException {
    Path image = make(flavour);
    if (otherAttribute > 0) {
      // Takes all of the inode's room, or is in the same block.
      Path value = Files.write(directory.resolve("value"), new byte[90]);
      Oracle.of("debugfs").run("-w", "-R", "ea_set -f " + value + " a user.other", image).orFail();
    }
    set(image, "a", withMask(6, 6, 0));
    Edits.assertSilent(image);
    Edits.commit(image, edit -> edit.setPermissions(Edits.find(edit, "/a"), 04751));
    assertShows(image, "a", 04751, withMask(7, 5, 1));
    Edits.commit(image, edit -> edit.setPermissions(Edits.find(edit, "/a"), 0640));
    assertShows(image, "a", 0640, withMask(6, 4, 0));
    if (otherAttribute > 0) {
      try (FileSystem mounted = DiskFileSystems.open(image)) {
        byte[] other = DiskFileSystems.extendedAttributes(mounted.getPath("/a")).get("user.other");
        assertEquals(90, Objects.requireNonNull(other).length);
      }
    }
  }

  @Test
  void withoutAMaskTheGroupFollows() throws IOException {
    Path image = make(ExtFlavour.MODERN);
    set(image, "a", list(1, 6, -1, 4, 4, -1, 0x20, 0, -1));
    Edits.commit(image, edit -> edit.setPermissions(Edits.find(edit, "/a"), 0755));
    assertShows(image, "a", 0755, list(1, 7, -1, 4, 5, -1, 0x20, 5, -1));
  }

  /** A block that several files have stays that of the others. */
  @ParameterizedTest
  @EnumSource(names = {"SMALL_INODES", "EXT3"})
  void othersKeepTheirs(ExtFlavour flavour) throws IOException {
    Path image = make(flavour);
    // Takes all of the inode's room.
    Path value = Files.write(directory.resolve("value"), new byte[60]);
    Oracle.of("debugfs").run("-w", "-R", "ea_set -f " + value + " a user.other", image).orFail();
    set(image, "a", withMask(6, 6, 0));
    EditDetailsTest.shareAttributes(image);
    Edits.assertSilent(image);
    Edits.commit(image, edit -> edit.setPermissions(Edits.find(edit, "/a"), 0711));
    assertShows(image, "a", 0711, withMask(7, 1, 1));
    try (FileSystem mounted = DiskFileSystems.open(image)) {
      byte[] list = DiskFileSystems.extendedAttributes(mounted.getPath("/b")).get(NAME);
      assertEquals(
          HexFormat.of().formatHex(withMask(6, 6, 0)),
          HexFormat.of().formatHex(Objects.requireNonNull(list)));
    }
    for (String name : new String[] {"b", "a", "c"}) {
      Edits.commit(image, edit -> edit.delete(Edits.find(edit, "/"), name));
      Edits.assertSilent(image);
    }
  }
}
