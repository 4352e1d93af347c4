package io.diskformat.inside.xfs;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.diskformat.BlockDevice;
import io.diskformat.CorruptImageException;
import io.diskformat.DiskFormatException;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.filesystem.ByteRange;
import io.diskformat.filesystem.DeviceBytes;
import io.diskformat.filesystem.DiskFileSystems;
import io.diskformat.filesystem.FileNode;
import io.diskformat.filesystem.FileTree;
import io.diskformat.inside.Disk;
import io.diskformat.inside.MemoryDevice;
import io.diskformat.testing.Oracle;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What single files may be, as xfs_db makes them, and xfs_repair finds them right. */
class XfsFilesTest {
  private static final int BLOCKS = 402;
  private static final String TARGET = "t".repeat(1000);

  @TempDir Path directory;
  private final byte[] content = new byte[BLOCKS * 4096];
  private Path image;
  private Path prototype;

  @BeforeEach
  void make() throws IOException {
    new Random(1).nextBytes(content);
    Path file = Files.write(directory.resolve("content"), content);
    image = directory.resolve("image");
    prototype =
        Files.writeString(
            directory.resolve("prototype"),
            "none\n0 0\nd--755 0 0\na ---644 1 2 %s\nlink l--777 0 0 %s\n$\n"
                .formatted(file, TARGET));
  }

  private void repairFindsNothing() {
    Oracle.of("xfs_repair").run("-n", "-f", image).orFail();
  }

  private byte[] bytes() throws IOException {
    return Files.readAllBytes(image);
  }

  private static FileTree open(byte[] bytes) throws IOException {
    return new Xfs().open(new MemoryDevice(bytes), Map.of());
  }

  private static FileNode find(FileTree tree, String name) throws IOException {
    return tree.root().find(name).orElseThrow();
  }

  private static Inode inode(byte[] bytes, String name) throws IOException {
    FileNode node = find(open(bytes), name);
    return volume(bytes).inode(node.attributes().unix().orElseThrow().inode());
  }

  private static XfsVolume volume(byte[] bytes) throws IOException {
    return new XfsVolume(new DeviceBytes(new MemoryDevice(bytes)));
  }

  @ParameterizedTest
  @EnumSource(names = {"VERSION_4", "VERSION_4_512", "MODERN", "MODERN_1K", "MANY_EXTENTS"})
  void hasExtendedAttributes(XfsFlavour flavour) throws IOException {
    flavour.make(image, prototype);
    int had = 0;
    Map<String, Integer> expected = new TreeMap<>();
    // In the inode, in a leaf, in several below a node; and values in blocks of their own.
    for (int count : new int[] {2, 10, 150}) {
      List<Object> arguments = new ArrayList<>(List.of("-x", "-c", "path /a"));
      for (int i = had; i < count; i++) {
        String flag = List.of("-u", "-r", "-s").get(i % 3);
        int size = count == 2 ? 5 + i : i % 10 == 7 ? 9000 + i : 100 + i;
        arguments.addAll(List.of("-c", "attr_set %s -v %d name%d".formatted(flag, size, i)));
        expected.put(List.of("user.", "trusted.", "security.").get(i % 3) + "name" + i, size);
      }
      had = count;
      arguments.add(image);
      Oracle.of("xfs_db").run(arguments.toArray()).orFail();
      try (FileSystem mounted = DiskFileSystems.open(image)) {
        Map<String, Integer> found = new TreeMap<>();
        DiskFileSystems.extendedAttributes(mounted.getPath("/a"))
            .forEach((name, value) -> {
              byte[] filled = new byte[value.length];
              Arrays.fill(filled, (byte) 'v');
              assertArrayEquals(filled, value, name);
              found.put(name, value.length);
            });
        assertEquals(expected, found);
        assertArrayEquals(content, Files.readAllBytes(mounted.getPath("/a")));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"VERSION_4", "MODERN", "SECTORS_4K"})
  void readsTreesOfExtents(XfsFlavour flavour) throws IOException {
    flavour.make(image, prototype);
    byte[] bytes = bytes();
    byte[] expected = Structures.scatter(bytes, volume(bytes), inode(bytes, "a"), content);
    sealLink(bytes);
    Files.write(image, bytes);
    repairFindsNothing();
    try (FileSystem mounted = DiskFileSystems.open(image)) {
      assertArrayEquals(expected, Files.readAllBytes(mounted.getPath("/a")));
    }
    // Each second block is none, and in each third of the others nothing was written.
    long data = BLOCKS - 2;
    long holes =
        find(open(bytes), "a").ranges().stream()
            .filter(ByteRange::isHole)
            .mapToLong(ByteRange::length)
            .sum();
    assertEquals((data + Math.ceilDiv(data, 3)) * 4096, holes);
  }

  /** mkfs.xfs leaves out what version 5 has before where a link leads. */
  private static void sealLink(byte[] bytes) throws IOException {
    XfsVolume volume = volume(bytes);
    if (!volume.superblock().hasChecksums()) {
      return;
    }
    Inode link = inode(bytes, "link");
    Run run = Runs.of(volume, link.data()).getFirst();
    int at = (int) volume.position(run.block(), 1, "link", 0);
    System.arraycopy(bytes, at, bytes, at + 56, TARGET.length());
    ByteBuffer header = ByteBuffer.wrap(bytes, at, 56).slice();
    header.putInt(0x58534C4D).putInt(0).putInt(TARGET.length()).putInt(0);
    header.put(bytes, 0x20, 16).putLong(link.number()).putLong(at / 512).putLong(0);
    Structures.sealAround(bytes, at);
  }

  @ParameterizedTest
  @EnumSource(names = {"VERSION_4", "MODERN"})
  void followsLongLinks(XfsFlavour flavour) throws IOException {
    flavour.make(image, prototype);
    byte[] bytes = bytes();
    sealLink(bytes);
    Files.write(image, bytes);
    repairFindsNothing();
    assertEquals(TARGET, find(open(bytes), "link").linkTarget());
  }

  /** Compares with what xfs_logprint has of the log. */
  @ParameterizedTest
  @EnumSource(names = {"VERSION_4", "MODERN", "SECTORS_4K"})
  void warnsOfLogsThatWereNotWrittenOut(XfsFlavour flavour) throws IOException {
    flavour.make(image, prototype);
    assertEquals("CLEAN", logState());
    assertEquals(List.of(), open(bytes()).problems());
    Oracle.of("xfs_db").run("-x", "-c", "logformat -c 3", image).orFail();
    assertEquals("CLEAN", logState());
    assertEquals(List.of(), open(bytes()).problems());
    byte[] bytes = bytes();
    XfsVolume volume = volume(bytes);
    int log = (int) volume.position(volume.superblock().logStart(), 1, "log", 0);
    bytes[log + 512 + 9] = 0;
    Files.write(image, bytes);
    assertEquals("DIRTY", logState());
    String problem = "xfs was not unmounted, and its log is not replayed: files may be old";
    FileTree warning = open(bytes);
    assertEquals(List.of(problem), warning.problems());
    assertEquals(content.length, find(warning, "a").attributes().size());
    try (BlockDevice device = new MemoryDevice(bytes)) {
      assertEquals(List.of("/dev/sda: " + problem), Disk.of(device).problems());
      FileTree ignoring = new Xfs().open(device, Map.of("journal", "ignore"));
      assertEquals(List.of(), ignoring.problems());
      assertEquals(content.length, find(ignoring, "a").attributes().size());
      DiskFormatException refused =
          assertThrows(
              DiskFormatException.class, () -> new Xfs().open(device, Map.of("journal", "refuse")));
      assertEquals("memory: " + problem, refused.getMessage());
      assertThrows(
          IllegalArgumentException.class, () -> new Xfs().open(device, Map.of("journal", "x")));
    }
  }

  private String logState() {
    String output = Oracle.of("xfs_logprint").run("-t", image).orFail().output();
    return output.contains("<CLEAN>") ? "CLEAN" : output.contains("<DIRTY>") ? "DIRTY" : output;
  }

  @Test
  void refusesWhatItDoesNotKnow() throws IOException {
    XfsFlavour.MODERN.make(image, prototype);
    assertEquals("xfs needsrepair", refused(0xD8, 0x10));
    assertEquals("xfs metadir", refused(0xD8, 0x100));
    assertEquals("xfs incompatible feature 0x10000", refused(0xD8, 0x10000));
    Files.delete(image);
    XfsFlavour.VERSION_4.make(image, prototype);
    assertEquals("xfs features2 0x20000", refused(0xC8, 0x20000));
  }

  private String refused(int at, int bit) throws IOException {
    byte[] bytes = bytes();
    ByteBuffer superblock = ByteBuffer.wrap(bytes);
    superblock.putInt(at, superblock.getInt(at) | bit);
    Structures.sealAround(bytes, 0);
    UnsupportedFeatureException refused =
        assertThrows(UnsupportedFeatureException.class, () -> open(bytes));
    String message = String.valueOf(refused.getMessage());
    return message.substring(message.indexOf("xfs "));
  }

  /** The root's own account of where it is agrees with such an entry. */
  @ParameterizedTest
  @EnumSource(names = {"VERSION_4", "MODERN"})
  void noDirectoryIsInItself(XfsFlavour flavour) throws IOException {
    Files.writeString(prototype, "none\n0 0\nd--755 0 0\nd d--755 0 0\n$\n$\n");
    flavour.make(image, prototype);
    byte[] bytes = bytes();
    long number = volume(bytes).superblock().root();
    int fork = (int) volume(bytes).inode(number).data().position();
    // Of its one entry, behind 6 bytes: length, offset, name, and with types one more.
    int inodeAt = fork + 6 + 4 + (volume(bytes).superblock().hasTypes() ? 1 : 0);
    assertEquals(inode(bytes, "d").number(), ByteBuffer.wrap(bytes).getInt(inodeAt));
    ByteBuffer.wrap(bytes).putInt(inodeAt, (int) number);
    if (!flavour.isVersion4()) {
      Structures.sealAround(bytes, fork);
    }
    FileTree tree = open(bytes);
    assertThrows(CorruptImageException.class, () -> tree.root().list().next());
  }

  @Test
  void checksChecksums() throws IOException {
    XfsFlavour.MODERN.make(image, prototype);
    byte[] bytes = bytes();
    Inode file = inode(bytes, "a");
    bytes[(int) file.position() + 0x38 + 7] ^= 1;
    assertThrows(CorruptImageException.class, () -> find(open(bytes), "a").attributes());
    bytes[0x6C] ^= 1;
    assertThrows(CorruptImageException.class, () -> open(bytes));
  }
}
