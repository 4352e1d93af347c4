package io.diskformat.inside.fat;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.CorruptImageException;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.filesystem.DeviceBytes;
import io.diskformat.filesystem.FileNode;
import io.diskformat.filesystem.FileTreeEdit;
import io.diskformat.inside.MemoryDevice;
import io.diskformat.inside.RecordedDevice;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Edits of FAT, one thing at a time: what is refused, and what does not fit. */
class FatEditTest {
  @TempDir Path directory;

  private byte[] make(FatFlavour flavour) throws IOException {
    Path image = directory.resolve(flavour.name());
    flavour.make(image);
    return Files.readAllBytes(image);
  }

  private static FileTreeEdit edit(RecordedDevice device) throws IOException {
    return new Fat().edit(device, Map.of());
  }

  private void assertSound(RecordedDevice device) throws IOException {
    FatSessionsTest.assertSound(Files.write(directory.resolve("edited"), device.bytes()));
  }

  private static FileNode file(FileTreeEdit edit, String... path) throws IOException {
    FileNode node = edit.tree().root();
    for (String name : path) {
      node = node.find(name).orElseThrow();
    }
    return node;
  }

  private static void write(FileTreeEdit edit, String name, long position, int length)
      throws IOException {
    edit.write(file(edit, name), position, MemorySegment.ofArray(new byte[length]));
  }

  private static List<String> names(RecordedDevice device) throws IOException {
    return MadeFat.names(new Fat().open(device, Map.of()).root());
  }

  private static String reason(Class<? extends FileSystemException> kind, Action action) {
    return String.valueOf(assertThrows(kind, action::run).getReason());
  }

  private interface Action {
    void run() throws IOException;
  }

  @ParameterizedTest
  @EnumSource
  void aFullDiskTakesNoMore(FatCrashTest.Small flavour) throws IOException {
    RecordedDevice device = new RecordedDevice(flavour.make(directory.resolve("image")));
    BootSector boot = new FatVolume(device, StandardCharsets.UTF_8).boot();
    int free = new Table(new DeviceBytes(device), boot).countFree();
    long all = (long) free * boot.clusterSize();
    try (FileTreeEdit edit = edit(device)) {
      edit.createFile(edit.tree().root(), "FULL", 0644);
      String said =
          reason(FileSystemException.class, () -> edit.setSize(file(edit, "FULL"), all + 1));
      assertEquals(
          "no space left: %d clusters are needed, and %d are free".formatted(free + 1, free), said);
      assertEquals(0, file(edit, "FULL").attributes().size());
      edit.setSize(file(edit, "FULL"), all);
      assertTrue(
          reason(
                  FileSystemException.class,
                  () -> edit.createDirectory(edit.tree().root(), "D", 0755))
              .startsWith("no space left"));
      edit.commit();
    }
    assertEquals(List.of("FULL"), names(device));
    assertSound(device);
    try (FileTreeEdit edit = edit(device)) {
      edit.delete(edit.tree().root(), "full");
      edit.createFile(edit.tree().root(), "next", 0644);
      // What is freed has not been written out yet.
      assertTrue(
          reason(FileSystemException.class, () -> write(edit, "next", 0, 1))
              .startsWith("no space left"));
      edit.commit();
    }
    assertSound(device);
    try (FileTreeEdit edit = edit(device)) {
      edit.setSize(file(edit, "NEXT"), all);
      edit.commit();
    }
    assertSound(device);
  }

  @Test
  void aFullRootTakesNoMore() throws IOException {
    RecordedDevice device = new RecordedDevice(make(FatFlavour.FLOPPY));
    try (FileTreeEdit edit = edit(device)) {
      // One of 224 is the label.
      for (int i = 0; i < 222; i++) {
        edit.createFile(edit.tree().root(), "F" + i, 0644);
      }
      assertEquals(
          "the directory is full: it has room for 224 entries",
          reason(
              FileSystemException.class,
              () -> edit.createFile(edit.tree().root(), "two entries", 0644)));
      edit.createDirectory(edit.tree().root(), "LAST", 0755);
      assertTrue(
          reason(
                  FileSystemException.class,
                  () -> edit.createDirectory(edit.tree().root(), "MORE", 0755))
              .startsWith("the directory is full"));
      edit.rename(edit.tree().root(), "F7", edit.tree().root(), "OTHER");
      edit.createFile(file(edit, "LAST"), "not in the root", 0644);
      edit.commit();
    }
    assertSound(device);
    List<String> names = names(device);
    assertEquals(223, names.size());
    assertEquals("OTHER", names.get(7));
    byte[] before = device.bytes();
    try (FileTreeEdit edit = edit(device)) {
      assertThrows(
          FileSystemException.class,
          () -> edit.rename(file(edit, "LAST"), "not in the root", edit.tree().root(), "MORE"));
      edit.commit();
    }
    assertArrayEquals(before, device.bytes());
  }

  @Test
  void aDirectoryGrows() throws IOException {
    RecordedDevice device = new RecordedDevice(make(FatFlavour.FAT16));
    try (FileTreeEdit edit = edit(device)) {
      edit.createDirectory(edit.tree().root(), "directory", 0755);
      for (int i = 0; i < 300; i++) {
        edit.createFile(file(edit, "directory"), "one of many files " + i, 0644);
      }
      edit.commit();
    }
    assertSound(device);
    try (FileTreeEdit edit = edit(device)) {
      for (int i = 0; i < 300; i += 2) {
        edit.delete(file(edit, "directory"), "one of many files " + i);
      }
      for (int i = 300; i < 400; i++) {
        edit.createFile(file(edit, "directory"), "one of many files " + i, 0644);
      }
      edit.commit();
    }
    assertSound(device);
    assertEquals(
        250,
        MadeFat.names(new Fat().open(device, Map.of()).root().find("directory").orElseThrow())
            .size());
  }

  @Test
  void shortNamesAreAllDifferent() throws IOException {
    RecordedDevice device = new RecordedDevice(make(FatFlavour.FAT16));
    try (FileTreeEdit edit = edit(device)) {
      edit.createFile(edit.tree().root(), "LONGNA~2.TXT", 0644);
      for (int i = 0; i < 100; i++) {
        edit.createFile(edit.tree().root(), "long name " + i + ".txt", 0644);
      }
      for (String name :
          List.of(".hidden", "a+b", "å.ä", "\u00E5\u00E5", "x.y.z", "日本", "e\u0301")) {
        edit.createFile(edit.tree().root(), name, 0644);
      }
      edit.commit();
    }
    assertSound(device);
    Map<String, String> names = new TreeMap<>();
    Listing listing =
        new Listing(new FatVolume(device, Charset.forName("IBM437")), Listing.ROOT, Listing.ROOT);
    for (Listing.Named each = listing.next(); each != null; each = listing.next()) {
      assertEquals(null, names.put(each.shortName().toUpperCase(Locale.ROOT), each.name()));
    }
    assertEquals("long name 0.txt", names.get("LONGNA~1.TXT"));
    assertEquals("LONGNA~2.TXT", names.get("LONGNA~2.TXT"));
    assertEquals("long name 1.txt", names.get("LONGNA~3.TXT"));
    assertEquals(".hidden", names.get("HIDDEN~1"));
    assertEquals("a+b", names.get("A_B~1"));
    assertEquals("x.y.z", names.get("XY~1.Z"));
    assertEquals("日本", names.get("__~1"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ".", "..", "a/b", "a:b", "end.", "end ", "a\u0001", "\uD83D", "a*"})
  void noSuchName(String name) throws IOException {
    RecordedDevice device = new RecordedDevice(make(FatFlavour.FLOPPY));
    try (FileTreeEdit edit = edit(device)) {
      assertTrue(
          reason(FileSystemException.class, () -> edit.createFile(edit.tree().root(), name, 0644))
              .startsWith("not a name of FAT"));
      assertTrue(
          reason(
                  FileSystemException.class,
                  () -> edit.createDirectory(edit.tree().root(), name, 0644))
              .startsWith("not a name of FAT"));
      edit.commit();
    }
    assertEquals(0, device.writes());
  }

  @Test
  void whatNoFileSystemAllows() throws IOException {
    RecordedDevice device = new RecordedDevice(make(FatFlavour.FLOPPY));
    try (FileTreeEdit edit = edit(device)) {
      FileNode root = edit.tree().root();
      edit.createDirectory(root, "outer", 0755);
      edit.createDirectory(file(edit, "outer"), "inner", 0755);
      edit.createFile(root, "file", 0644);
      assertThrows(FileAlreadyExistsException.class, () -> edit.createFile(root, "FILE", 0644));
      assertThrows(
          FileAlreadyExistsException.class, () -> edit.rename(root, "file", root, "Outer"));
      assertThrows(DirectoryNotEmptyException.class, () -> edit.delete(root, "outer"));
      assertThrows(NoSuchFileException.class, () -> edit.delete(root, "none"));
      assertThrows(NoSuchFileException.class, () -> edit.rename(root, "none", root, "other"));
      assertEquals(
          "a directory cannot be inside of itself",
          reason(
              FileSystemException.class,
              () -> edit.rename(root, "outer", file(edit, "outer", "inner"), "again")));
      assertEquals(
          "not a directory",
          reason(FileSystemException.class, () -> edit.createFile(file(edit, "file"), "x", 0644)));
      assertEquals(
          "is a directory",
          reason(FileSystemException.class, () -> edit.setSize(file(edit, "outer"), 0)));
      assertEquals(
          "a file of FAT has less than 4 GiB",
          reason(FileSystemException.class, () -> edit.setSize(file(edit, "file"), 1L << 32)));
      assertThrows(
          IllegalArgumentException.class,
          () -> edit.setSize(new Fat().open(device, Map.of()).root(), 0));
      edit.commit();
      assertThrows(IllegalStateException.class, edit::commit);
      assertThrows(IllegalStateException.class, edit::tree);
    }
    assertSound(device);
  }

  @Test
  void whatFatHasNot() throws IOException {
    RecordedDevice device = new RecordedDevice(make(FatFlavour.FLOPPY));
    try (FileTreeEdit edit = edit(device)) {
      FileNode root = edit.tree().root();
      edit.createFile(root, "file", 0644);
      FileNode file = file(edit, "file");
      for (Action action :
          List.<Action>of(
              () -> edit.createSymbolicLink(root, "link", "file"),
              () -> edit.setOwner(file, 0, 0),
              () -> edit.setPermissions(file, 0600),
              () -> edit.setPermissions(file, 04755),
              () -> edit.setPermissions(root, 0755),
              () -> edit.setTimes(root, FileTime.fromMillis(0), null))) {
        assertThrows(UnsupportedFeatureException.class, action::run);
      }
      edit.setPermissions(file, 0444);
      edit.setPermissions(file(edit, "file"), 0644);
      edit.setPermissions(file(edit, "file"), 0555);
      edit.setTimes(
          file(edit, "file"), FileTime.fromMillis(0), FileTime.fromMillis(1_700_000_000_000L));
      edit.commit();
    }
    assertSound(device);
    FileNode file = new Fat().open(device, Map.of()).root().find("file").orElseThrow();
    assertEquals("1980-01-01T00:00:00Z", file.attributes().modified().orElseThrow().toString());
    assertEquals("2023-11-14T00:00:00Z", file.attributes().accessed().orElseThrow().toString());
    Path image = Files.write(directory.resolve("image"), device.bytes());
    String attributes = FatFiles.run("mattrib", "-i", image, "::file");
    assertEquals("A R", attributes.substring(2, 9).strip().replaceAll(" +", " "));
  }

  @ParameterizedTest
  @EnumSource
  void whatIsInUseOrDamagedIsRefused(FatCrashTest.Small flavour) throws IOException {
    byte[] bytes = flavour.make(directory.resolve("image"));
    BootSector boot = new FatVolume(new MemoryDevice(bytes), StandardCharsets.UTF_8).boot();
    int mark = FatGate.markAt(boot);
    assertRefused(bytes, mark, 1, "that was not unmounted");
    assertRefused(bytes, mark, 2, "that notes an error of its disk");
    int entry = (int) boot.tableAt() + (boot.kind() == TableKind.FAT32 ? 7 : 3);
    if (boot.kind() != TableKind.FAT12) {
      int bit = boot.kind() == TableKind.FAT32 ? 8 : 0x80;
      assertRefused(bytes, entry, bit, "that was not unmounted");
      assertRefused(bytes, entry, bit / 2, "that notes an error of its disk");
    }
    byte[] differs = bytes.clone();
    differs[(int) (boot.tables().getLast() + boot.tableSize() / 2)] ^= 1;
    if (boot.kind().bytesOf(boot.clusters()) > boot.tableSize() / 2) {
      RecordedDevice device = new RecordedDevice(differs);
      String said =
          String.valueOf(
              assertThrows(CorruptImageException.class, () -> edit(device)).getMessage());
      assertTrue(said.contains("is not as its copy"), said);
    }
    RecordedDevice whole = new RecordedDevice(Arrays.copyOf(bytes, (int) boot.size() - 512));
    assertThrows(CorruptImageException.class, () -> edit(whole));
    assertThrows(
        UnsupportedOperationException.class,
        () -> new Fat().edit(new MemoryDevice(bytes), Map.of()));
  }

  private static void assertRefused(byte[] bytes, int at, int bit, String why) {
    byte[] changed = bytes.clone();
    changed[at] ^= (byte) bit;
    RecordedDevice device = new RecordedDevice(changed);
    String said =
        String.valueOf(
            assertThrows(UnsupportedFeatureException.class, () -> edit(device)).getMessage());
    assertTrue(said.contains(why), said);
    assertArrayEquals(changed, device.bytes());
  }

  @Test
  void nothingIsWrittenWithoutACommit() throws IOException {
    RecordedDevice device = new RecordedDevice(make(FatFlavour.FAT12));
    try (FileTreeEdit edit = edit(device)) {
      edit.createFile(edit.tree().root(), "file", 0644);
      write(edit, "file", 100_000, 1000);
    }
    assertEquals(0, device.writes());
  }

  @Test
  void anEditIsBoundedInMemory() throws IOException {
    Path image = directory.resolve("image");
    FatFlavour.FAT16_LARGE_CLUSTERS.make(image);
    try (DiskImage device = DiskImages.open(image, OpenOptions.writable().format("raw"));
        FileTreeEdit edit = new Fat().edit(device, Map.of())) {
      edit.createFile(edit.tree().root(), "file", 0644);
      IOException e =
          assertThrows(IOException.class, () -> edit.setSize(file(edit, "file"), 257L << 20));
      assertTrue(String.valueOf(e.getMessage()).contains("would take more than"), e::toString);
      edit.setSize(file(edit, "file"), 1000);
      edit.commit();
    }
    FatSessionsTest.assertSound(image);
  }

  /** What is behind the end of a directory, or of a file, is not what somebody left there. */
  @Test
  void whatWasThereBeforeIsNotSeen() throws IOException {
    MadeFat made = new MadeFat();
    made.next(2, MadeFat.LAST).entry("FILE       ", 0x20, 2, 3);
    Arrays.fill(made.bytes, MadeFat.ROOT + 64, MadeFat.ROOT + 7168, (byte) 'A');
    Arrays.fill(made.bytes, MadeFat.position(2), MadeFat.position(2) + 512, (byte) 'B');
    System.arraycopy(made.bytes, MadeFat.TABLE, made.bytes, MadeFat.TABLE + 9 * 512, 9 * 512);
    RecordedDevice device = new RecordedDevice(made.bytes);
    try (FileTreeEdit edit = edit(device)) {
      edit.setSize(file(edit, "FILE"), 500);
      edit.createFile(edit.tree().root(), "another one", 0644);
      edit.commit();
    }
    assertEquals(List.of("FILE", "another one"), names(device));
    byte[] content = new byte[500];
    new Fat().open(device, Map.of()).root().find("FILE").orElseThrow().content().read(0, content);
    byte[] expected = new byte[500];
    expected[0] = 'B';
    expected[1] = 'B';
    expected[2] = 'B';
    assertArrayEquals(expected, content);
  }
}
