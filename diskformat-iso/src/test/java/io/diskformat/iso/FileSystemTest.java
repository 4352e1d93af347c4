package io.diskformat.iso;

import static io.diskformat.iso.HandmadeIso.ROOT;
import static io.diskformat.iso.HandmadeIso.SECTOR;
import static io.diskformat.iso.HandmadeIso.entry;
import static io.diskformat.iso.HandmadeIso.name;
import static io.diskformat.iso.HandmadeIso.posix;
import static io.diskformat.iso.HandmadeIso.record;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.DiskFormatException;
import io.diskformat.OpenOptions;
import io.diskformat.filesystem.DiskFileSystems;
import io.diskformat.testing.Oracle;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.ClosedFileSystemException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystem;
import java.nio.file.FileSystemAlreadyExistsException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.FileSystemNotFoundException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.NotLinkException;
import java.nio.file.Path;
import java.nio.file.ProviderNotFoundException;
import java.nio.file.ReadOnlyFileSystemException;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What {@code java.nio.file} does with the files on a disc. */
final class FileSystemTest {
  @TempDir Path directory;
  private Path image;

  private static byte[] link(String record, String name, byte[] components) {
    return record(
        record, 0, 0, 0, name(name), posix(0120777), entry("SL", new byte[] {0}, components));
  }

  @BeforeEach
  void make() throws IOException {
    HandmadeIso disc = new HandmadeIso(40);
    disc.directory(
            ROOT,
            record("DIR", 21, SECTOR, 2, name("dir"), posix(040750)),
            record("BIG", 25, SECTOR, 128, name("big"), posix(0100640)),
            record("BIG", 30, 5, 0, name("big"), posix(0100640)),
            record("PIPE", 0, 0, 0, name("pipe"), posix(010644)),
            link("L1", "to inner", new byte[] {0, 3, 'd', 'i', 'r', 0, 5, 'i', 'n', 'n', 'e', 'r'}),
            link("L2", "to itself", new byte[] {0, 9, 't', 'o', ' ', 'i', 't', 's', 'e', 'l', 'f'}),
            link("L3", "to dir", new byte[] {8, 0, 4, 0, 0, 3, 'd', 'i', 'r'}),
            link("L4", "to nothing", new byte[] {0, 1, 'x'}))
        .directory(21, record("INNER.TXT;1", 26, 5, 0, name("inner"), posix(0100755)))
        .content(26, "hello")
        .content(30, "world");
    for (int i = 0; i < SECTOR; i++) {
      disc.put(25, i, i % 251);
    }
    image = directory.resolve("a disc!.iso");
    Files.write(image, disc.bytes());
  }

  private FileSystem open() throws IOException {
    return DiskFileSystems.open(image);
  }

  @Test
  void isFoundByTheJdk() throws IOException {
    try (FileSystem files = FileSystems.newFileSystem(image)) {
      assertEquals("hello", Files.readString(files.getPath("/dir/inner")));
      assertTrue(files.isReadOnly());
    }
  }

  @Test
  void leavesOthersToOthers() throws IOException {
    Path other = Files.writeString(directory.resolve("other"), "nothing of the kind");
    assertThrows(ProviderNotFoundException.class, () -> FileSystems.newFileSystem(other));
    assertThrows(DiskFormatException.class, () -> DiskFileSystems.open(other));
  }

  @Test
  void isFoundByUri() throws IOException {
    URI uri = URI.create("diskformat:" + image.toUri().toString().replace("!", "%21"));
    assertThrows(FileSystemNotFoundException.class, () -> FileSystems.getFileSystem(uri));
    Path inner;
    try (FileSystem files = FileSystems.newFileSystem(uri, Map.of())) {
      assertSame(files, FileSystems.getFileSystem(uri));
      assertThrows(
          FileSystemAlreadyExistsException.class, () -> FileSystems.newFileSystem(uri, Map.of()));
      inner = files.getPath("/dir/inner");
      assertEquals(inner, Path.of(inner.toUri()));
      assertEquals(files.getPath("/to inner"), Path.of(URI.create(uri + "!/to%20inner")));
    }
    assertThrows(FileSystemNotFoundException.class, () -> FileSystems.getFileSystem(uri));
    assertThrows(ClosedFileSystemException.class, () -> Files.readString(inner));
    FileSystems.newFileSystem(uri, Map.of()).close();
  }

  @Test
  void sectionsAreOneFile() throws IOException {
    try (FileSystem files = open()) {
      byte[] all = Files.readAllBytes(files.getPath("big"));
      assertEquals(SECTOR + 5, all.length);
      assertEquals(SECTOR + 5, Files.size(files.getPath("big")));
      try (SeekableByteChannel channel = Files.newByteChannel(files.getPath("big"))) {
        for (int at : new int[] {0, 1, SECTOR - 2, SECTOR, SECTOR + 4}) {
          ByteBuffer target = ByteBuffer.allocate(4);
          int length = channel.position(at).read(target);
          assertEquals(Math.min(4, SECTOR + 5 - at), length);
          assertArrayEquals(
              java.util.Arrays.copyOfRange(all, at, at + length),
              java.util.Arrays.copyOf(target.array(), length));
        }
        assertEquals(-1, channel.position(SECTOR + 5).read(ByteBuffer.allocate(1)));
        assertEquals(-1, channel.position(Long.MAX_VALUE).read(ByteBuffer.allocate(1)));
        assertEquals(0, channel.read(ByteBuffer.allocate(0)));
      }
      assertEquals("world", new String(all, SECTOR, 5));
    }
  }

  @Test
  void followsLinks() throws IOException {
    try (FileSystem files = open()) {
      assertEquals("hello", Files.readString(files.getPath("to inner")));
      assertEquals("hello", Files.readString(files.getPath("to dir/inner")));
      assertEquals("hello", Files.readString(files.getPath("dir/../to dir/./inner")));
      assertEquals("hello", Files.readString(files.getPath("../../dir/inner")));
      assertEquals(files.getPath("/dir/inner"), files.getPath("to dir/inner").toRealPath());
      assertEquals(
          files.getPath("/to inner"),
          files.getPath("to inner").toRealPath(LinkOption.NOFOLLOW_LINKS));
      assertTrue(Files.isSameFile(files.getPath("to inner"), files.getPath("dir/inner")));
      assertFalse(Files.isSameFile(files.getPath("big"), files.getPath("dir/inner")));
      assertEquals("dir/inner", Files.readSymbolicLink(files.getPath("to inner")).toString());
      assertTrue(Files.isSymbolicLink(files.getPath("to nothing")));
      assertFalse(Files.exists(files.getPath("to nothing")));
      assertThrows(
          FileSystemLoopException.class, () -> Files.readString(files.getPath("to itself")));
      assertThrows(NotLinkException.class, () -> Files.readSymbolicLink(files.getPath("dir")));
      assertThrows(NoSuchFileException.class, () -> Files.readString(files.getPath("dir/x")));
      assertThrows(NotDirectoryException.class, () -> Files.readString(files.getPath("big/inner")));
    }
  }

  @Test
  void listsLinksThatAreFollowed() throws IOException {
    try (FileSystem files = open();
        DirectoryStream<Path> list = Files.newDirectoryStream(files.getPath("/"), "*o {i,d}*")) {
      List<String> found = new ArrayList<>();
      for (Path path : list) {
        found.add(path + (Files.isDirectory(path) ? "/" : ""));
      }
      assertEquals(List.of("/to inner", "/to itself", "/to dir/"), found);
    }
  }

  @Test
  void knowsAttributes() throws IOException {
    try (FileSystem files = open()) {
      Path dir = files.getPath("dir");
      assertEquals(
          PosixFilePermissions.fromString("rwxr-x---"), Files.getPosixFilePermissions(dir));
      assertEquals("0", Files.getOwner(dir).getName());
      assertEquals(040750, Files.getAttribute(dir, "unix:mode"));
      assertEquals(
          FileTime.from(Instant.parse("2000-02-03T04:05:06Z")), Files.getLastModifiedTime(dir));
      assertTrue(Files.readAttributes(files.getPath("pipe"), "*").containsValue(true));
      assertThrows(IOException.class, () -> Files.readString(files.getPath("pipe")));
      assertTrue(Files.isExecutable(files.getPath("dir/inner")));
      assertFalse(Files.isExecutable(files.getPath("big")));
      assertFalse(Files.isWritable(files.getPath("big")));
      assertEquals("rockridge", Files.getFileStore(dir).type());
    }
  }

  @Test
  void changesNothing() throws IOException {
    try (FileSystem files = open()) {
      Path big = files.getPath("big");
      Path other = files.getPath("other");
      Class<ReadOnlyFileSystemException> refused = ReadOnlyFileSystemException.class;
      assertThrows(refused, () -> Files.writeString(big, "x"));
      assertThrows(refused, () -> Files.newByteChannel(big, StandardOpenOption.WRITE));
      assertThrows(refused, () -> Files.createDirectory(other));
      assertThrows(refused, () -> Files.createSymbolicLink(other, big));
      assertThrows(refused, () -> Files.createLink(other, big));
      assertThrows(refused, () -> Files.delete(big));
      assertThrows(refused, () -> Files.copy(big, other));
      assertThrows(refused, () -> Files.move(big, other));
      assertThrows(refused, () -> Files.setLastModifiedTime(big, FileTime.fromMillis(0)));
      assertThrows(
          refused,
          () -> Files.setPosixFilePermissions(big, PosixFilePermissions.fromString("rwx------")));
      assertThrows(
          AccessDeniedException.class,
          () -> files.provider().checkAccess(big, java.nio.file.AccessMode.WRITE));
    }
  }

  @Test
  void copiesOut() throws IOException {
    try (FileSystem files = open()) {
      Path copy = directory.resolve("copy");
      Files.copy(files.getPath("dir/inner"), copy, StandardCopyOption.COPY_ATTRIBUTES);
      assertEquals("hello", Files.readString(copy));
      assertEquals(
          FileTime.from(Instant.parse("2000-02-03T04:05:06Z")), Files.getLastModifiedTime(copy));
      Path big = directory.resolve("big");
      Files.copy(files.getPath("big"), big);
      assertEquals(-1, Files.mismatch(big, files.getPath("big")));
    }
  }

  @Test
  void isADiskToo() throws IOException {
    try (io.diskformat.DiskImage disc =
        io.diskformat.DiskImages.open(image, OpenOptions.readOnly())) {
      assertEquals("iso", disc.info().format());
      assertEquals(40L * SECTOR, disc.size());
      assertEquals("rockridge, plain", disc.info().details().get("trees"));
      byte[] all = new byte[40 * SECTOR];
      disc.read(0, all);
      assertArrayEquals(Files.readAllBytes(image), all);
      assertFalse(disc.isWritable());
    }
    assertThrows(
        DiskFormatException.class,
        () -> io.diskformat.DiskImages.open(image, OpenOptions.writable()));
  }

  @Test
  void theMarkOfAnotherFormatInTheFirstSectorCounts() throws IOException {
    byte[] bytes = Files.readAllBytes(image);
    System.arraycopy(new byte[] {'Q', 'F', 'I', (byte) 0xfb, 0, 0, 0, 3}, 0, bytes, 0, 8);
    Files.write(image, bytes);
    assertEquals("qcow2", io.diskformat.DiskImages.probe(image).orElseThrow());
  }

  /** Sectors of mode 1 and 2, with or without headers and what is beside the data. */
  @ParameterizedTest
  @CsvSource({"2352, 16, 1", "2352, 24, 2", "2448, 16, 1", "2336, 8, 2"})
  void rawSectors(int size, int content, int mode) throws IOException {
    byte[] disc = Files.readAllBytes(image);
    Path file = Files.write(directory.resolve("raw"), raw(disc, size, content, mode));
    try (io.diskformat.DiskImage opened = io.diskformat.DiskImages.open(file)) {
      byte[] all = new byte[Math.toIntExact(opened.size())];
      opened.read(0, all);
      assertEquals(-1, java.util.Arrays.mismatch(disc, all));
      byte[] some = new byte[5000];
      opened.read(70_001, some);
      assertArrayEquals(java.util.Arrays.copyOfRange(disc, 70_001, 75_001), some);
      assertEquals("iso", opened.info().format());
    }
    try (FileSystem files = DiskFileSystems.open(file)) {
      assertEquals("hello", Files.readString(files.getPath("dir/inner")));
    }
  }

  private static byte[] raw(byte[] disc, int size, int content, int mode) {
    byte[] raw = new byte[disc.length / SECTOR * size];
    for (int sector = 0; sector < disc.length / SECTOR; sector++) {
      if (size != 2336) {
        java.util.Arrays.fill(raw, sector * size + 1, sector * size + 11, (byte) 0xff);
        raw[sector * size + 15] = (byte) mode;
      }
      System.arraycopy(disc, sector * SECTOR, raw, sector * size + content, SECTOR);
    }
    return raw;
  }

  /** The track of data is the disc, wherever it is in its file, if the policy allows that file. */
  @Test
  void cueSheet() throws IOException {
    byte[] disc = Files.readAllBytes(image);
    byte[] raw = raw(disc, 2352, 16, 1);
    byte[] audio = new byte[75 * 2352];
    byte[] both = java.util.Arrays.copyOf(audio, audio.length + raw.length + audio.length);
    System.arraycopy(raw, 0, both, audio.length, raw.length);
    Files.write(directory.resolve("a disc.bin"), both);
    int frames = 75 + disc.length / SECTOR;
    Path sheet =
        Files.writeString(
            directory.resolve("disc.cue"),
            """
            REM made by hand
            FILE "a disc.bin" BINARY
              TRACK 01 AUDIO
                INDEX 01 00:00:00
              TRACK 02 MODE1/2352
                INDEX 01 00:01:00
              TRACK 03 AUDIO
                INDEX 01 %02d:%02d:%02d
            """
                .formatted(frames / 75 / 60, frames / 75 % 60, frames % 75));
    OpenOptions options =
        OpenOptions.readOnly().references(io.diskformat.ReferencePolicy.sameDirectory());
    try (io.diskformat.DiskImage opened = io.diskformat.DiskImages.open(sheet, options)) {
      byte[] all = new byte[Math.toIntExact(opened.size())];
      opened.read(0, all);
      assertArrayEquals(disc, all);
      assertEquals("a disc.bin", opened.info().references().getFirst().name());
    }
    assertThrows(
        io.diskformat.ReferenceDeniedException.class, () -> io.diskformat.DiskImages.open(sheet));
    try (io.diskformat.DiskImage described =
        io.diskformat.DiskImages.open(sheet, OpenOptions.readOnly().metadataOnly())) {
      assertEquals("a disc.bin", described.info().references().getFirst().name());
    }
  }

  /** As with qemu-img, which knows it as raw. */
  @Test
  void insideOfAnotherImage() throws IOException {
    Path raw = directory.resolve("as raw");
    Oracle.qemuImg("convert", "-f", "raw", "-O", "raw", image, raw).orFail();
    try (FileSystem files =
        DiskFileSystems.open(raw, OpenOptions.readOnly().format("raw"), Map.of())) {
      assertEquals("hello", Files.readString(files.getPath("dir/inner")));
    }
  }
}
