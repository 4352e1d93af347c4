package io.diskformat.inside.ext;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.BlockDevice;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.filesystem.DiskFileSystems;
import io.diskformat.filesystem.FileTrees;
import io.diskformat.testing.Oracle;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Permissions of files that have lists of who may do what: both change together. */
class AccessListsTest {
  private static final String NAME = "system.posix_acl_access";
  static final String DEFAULT = "system.posix_acl_default";

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
  static byte[] list(int... entries) {
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
    set(directory.resolve("list"), image, file, NAME, list);
  }

  /**
   * Gives a file an attribute.
   *
   * @param value a file to write it to
   */
  static void set(Path value, Path image, String file, String name, byte[] list)
      throws IOException {
    Files.write(value, list);
    Oracle.of("debugfs")
        .run("-w", "-R", "ea_set -f " + value + " " + file + " " + name, image)
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

  /** Makes files of all kinds in a directory, in whatever file system that is. */
  static void fill(Path parent) throws IOException {
    Files.createFile(parent.resolve("usual"));
    for (String permissions : List.of("rw-------", "rw-rw-rw-", "rwxrwxrwx", "---------")) {
      var asked =
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions));
      Path file = Files.createFile(parent.resolve("file " + permissions), asked);
      Files.copy(file, parent.resolve("copy " + permissions));
      Files.createFile(
          Files.createDirectory(parent.resolve("in " + permissions), asked).resolve("deep"));
    }
    Files.createFile(Files.createDirectory(parent.resolve("sub")).resolve("deep"));
    Files.createSymbolicLink(parent.resolve("link"), parent.resolve("usual").getFileName());
  }

  /** Makes files of all kinds in directories of an image. */
  static void fill(Path image, String... parents) throws IOException {
    BlockDevice device = DiskImages.open(image, OpenOptions.writable().format("raw"));
    try (FileSystem files = DiskFileSystems.of(device, FileTrees.edit(device, Map.of()))) {
      for (String parent : parents) {
        fill(files.getPath("/" + parent));
      }
      DiskFileSystems.commit(files);
    }
  }

  /** Returns the modes and the attributes of all files, by their paths. */
  static Map<String, String> described(Path image) throws IOException {
    Map<String, String> all = new TreeMap<>();
    try (FileSystem mounted = DiskFileSystems.open(image);
        Stream<Path> paths = Files.walk(mounted.getPath("/"))) {
      for (Path path : (Iterable<Path>) paths::iterator) {
        Integer mode = (Integer) Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS);
        Map<String, String> attributes = new TreeMap<>();
        DiskFileSystems.extendedAttributes(path, LinkOption.NOFOLLOW_LINKS)
            .forEach((name, value) -> attributes.put(name, HexFormat.of().formatHex(value)));
        all.put(path.toString(), "%o %s".formatted(mode, attributes));
      }
    }
    return all;
  }

  /** In inodes, and where these have no room, in blocks. KernelTest has the kernel's answers. */
  @ParameterizedTest
  @CsvSource({"MODERN, 1", "MODERN, 40", "SMALL_INODES, 1", "EXT3, 5", "GROUP_CHECKSUMS, 2"})
  void newFilesGetWhatTheirDirectorySays(ExtFlavour flavour, int names) throws IOException {
    Files.createDirectories(directory.resolve("files/d"));
    Files.createDirectories(directory.resolve("files/plain"));
    Path image = make(flavour);
    int[] entries = new int[3 * (names + 4)];
    System.arraycopy(new int[] {1, 7, -1}, 0, entries, 0, 3);
    for (int i = 0; i < names; i++) {
      System.arraycopy(new int[] {2, 5, 1000 + i}, 0, entries, 3 + i * 3, 3);
    }
    int end = 3 + names * 3;
    System.arraycopy(new int[] {4, 5, -1, 0x10, 7, -1, 0x20, 4, -1}, 0, entries, end, 9);
    Path value = directory.resolve("value");
    set(value, image, "d", DEFAULT, list(entries));
    set(value, image, "plain", DEFAULT, list(1, 6, -1, 4, 4, -1, 0x20, 0, -1));
    byte[] label = "a:b".getBytes(StandardCharsets.US_ASCII);
    if (flavour != ExtFlavour.SMALL_INODES) {
      set(value, image, "d", "security.selinux", label);
    }
    Edits.assertSilent(image);
    fill(image, "d", "plain");
    Edits.assertSilent(image);

    Map<String, String> all = described(image);
    String inherited = DEFAULT + "=" + HexFormat.of().formatHex(list(entries));
    String labelled =
        flavour == ExtFlavour.SMALL_INODES || flavour == ExtFlavour.EXT3
            ? ""
            : "security.selinux=" + HexFormat.of().formatHex(label) + ", ";
    for (String file : List.of("/d/usual", "/d/file rw-rw-rw-", "/d/copy rw-rw-rw-")) {
      entries[1] = 6;
      entries[end + 4] = 6;
      String list = NAME + "=" + HexFormat.of().formatHex(list(entries));
      assertEquals("100664 {" + labelled + list + "}", all.get(file));
    }
    entries[end + 4] = 0;
    entries[end + 7] = 0;
    String list = NAME + "=" + HexFormat.of().formatHex(list(entries));
    assertEquals("100600 {" + labelled + list + "}", all.get("/d/file rw-------"));
    entries[1] = 7;
    entries[end + 4] = 7;
    entries[end + 7] = 4;
    list = NAME + "=" + HexFormat.of().formatHex(list(entries));
    assertEquals("40774 {" + labelled + list + ", " + inherited + "}", all.get("/d/sub"));
    assertEquals(all.get("/d/usual"), all.get("/d/sub/deep"));
    assertEquals("120777 {" + labelled.replace(", ", "") + "}", all.get("/d/link"));
    assertEquals("100640 {}", all.get("/plain/usual"));
    assertEquals("100000 {}", all.get("/plain/file ---------"));
    String plain = HexFormat.of().formatHex(list(1, 6, -1, 4, 4, -1, 0x20, 0, -1));
    assertEquals("40640 {" + DEFAULT + "=" + plain + "}", all.get("/plain/sub"));

    // What is given to them is theirs, and goes with them.
    Edits.commit(
        image,
        edit -> {
          edit.setPermissions(Edits.find(edit, "/d/usual"), 0711);
          edit.delete(Edits.find(edit, "/d"), "file rw-------");
          edit.delete(Edits.find(edit, "/d/sub"), "deep");
          edit.delete(Edits.find(edit, "/d"), "sub");
        });
    Edits.assertSilent(image);
    assertTrue(described(image).getOrDefault("/d/usual", "").startsWith("100711 {"));
  }

  /** A volume that has not the room for all of it stays as it was. */
  @Test
  void refusesListsThatDoNotFit() throws IOException {
    Files.createDirectories(directory.resolve("files/d"));
    Path image = make(ExtFlavour.EXT2_1K);
    int[] entries = new int[3 * 84];
    for (int i = 0; i < 80; i++) {
      System.arraycopy(new int[] {2, 5, 1000 + i}, 0, entries, 3 + i * 3, 3);
    }
    System.arraycopy(new int[] {1, 7, -1}, 0, entries, 0, 3);
    System.arraycopy(new int[] {4, 5, -1, 0x10, 7, -1, 0x20, 4, -1}, 0, entries, 243, 9);
    set(directory.resolve("value"), image, "d", DEFAULT, list(entries));
    Edits.commit(
        image,
        edit -> {
          edit.createFile(Edits.find(edit, "/d"), "file", 0644);
          IOException e =
              assertThrows(
                  UnsupportedFeatureException.class,
                  () -> edit.createDirectory(Edits.find(edit, "/d"), "sub", 0755));
          assertTrue(String.valueOf(e.getMessage()).contains("access lists"), e.toString());
        });
    Edits.assertSilent(image);
  }
}
