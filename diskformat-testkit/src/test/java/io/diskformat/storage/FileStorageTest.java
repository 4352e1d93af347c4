package io.diskformat.storage;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.diskformat.ImageClosedException;
import io.diskformat.storage.FileStorage.Sharing;
import io.diskformat.testing.Oracle;
import io.diskformat.testing.RandomContent;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.FileSystem;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

final class FileStorageTest {
  private static final int MIB = 1 << 20;

  /** What a file does, with native calls or without. */
  abstract static class OfFile extends StorageContract {
    @TempDir Path directory;
    private int files;

    abstract @Nullable NativeIo io();

    final FileStorage open(Path path, boolean writable) throws IOException {
      return FileStorage.open(path, writable, Sharing.LOCKED, io());
    }

    @Override
    final FileStorage empty() throws IOException {
      assumeTrue(!knowsHoles() || io() != null, "no native calls here");
      return open(Files.createFile(directory.resolve("file" + files++ + ".img")), true);
    }

    private Path file(byte... content) throws IOException {
      return Files.write(directory.resolve("other" + files++ + ".img"), content);
    }

    @Test
    final void fileIsWhatItHolds() throws IOException {
      byte[] content = RandomContent.of(1, 0, 3 * MIB + 1);
      Path path = file(content);
      try (FileStorage file = open(path, false)) {
        assertEquals(Optional.of(path), file.path());
        assertEquals(path.toString(), file.name());
        assertEquals(content.length, file.size());
        byte[] found = new byte[content.length];
        file.read(0, MemorySegment.ofArray(found));
        assertArrayEquals(content, found);
      }
      try (FileStorage file = open(path, true)) {
        file.write(10, MemorySegment.ofArray(new byte[] {42}));
        file.resize(100);
        file.flush();
      }
      content[10] = 42;
      assertArrayEquals(java.util.Arrays.copyOf(content, 100), Files.readAllBytes(path));
    }

    @Test
    final void readOnlyRefusesEveryChange() throws IOException {
      byte[] content = RandomContent.of(1, 0, 10_000);
      Path path = file(content);
      try (FileStorage file = open(path, false)) {
        assertFalse(file.isWritable());
        MemorySegment one = MemorySegment.ofArray(new byte[1]);
        for (Executable change :
            new Executable[] {
              () -> file.write(0, one),
              () -> file.zero(0, 1, false),
              () -> file.zero(0, 1, true),
              () -> file.reserve(0, 20_000),
              () -> file.resize(5),
              () -> file.resize(20_000)
            }) {
          Exception e = assertThrows(UnsupportedOperationException.class, change);
          assertTrue(e.getMessage().startsWith(path.toString()), e.getMessage());
        }
        file.flush();
        file.read(0, MemorySegment.ofArray(new byte[10_000]));
      }
      FileStorage closed = open(path, false);
      closed.close();
      assertThrows(ImageClosedException.class, closed::flush);
      assertThrows(ImageClosedException.class, () -> closed.nextData(0));
      assertArrayEquals(content, Files.readAllBytes(path));
    }

    @Test
    final void readingNeverGrowsTheFile() throws IOException {
      Path path = file(new byte[1000]);
      try (FileStorage file = open(path, true)) {
        file.read(0, MemorySegment.ofArray(new byte[1000]));
        assertThrows(
            IOException.class, () -> file.read(500, MemorySegment.ofArray(new byte[1000])));
      }
      assertEquals(1000, Files.size(path));
    }

    /** The end of a file that grows is not mapped yet, and then is. */
    @Test
    final void numbersAreWhatIsWrittenWhileTheFileGrows() throws IOException {
      try (FileStorage file = empty()) {
        java.nio.ByteBuffer number = java.nio.ByteBuffer.allocate(8);
        long mapped = 0;
        int grown = 0;
        for (long value = 1; value <= 3000; value++) {
          long at = value * 1000 & -8;
          for (long v : new long[] {-value, value}) {
            file.write(at, MemorySegment.ofArray(number.putLong(0, v).array()));
            assertEquals(v, file.readLong(at));
            file.overwrite(at, MemorySegment.ofArray(number.putLong(0, v + 5).array()), 0, 8);
            assertEquals(v + 5, file.readLong(at));
          }
          long other = 1 + value % Math.min(value, 700);
          assertEquals(other + 5, file.readLong(other * 1000 & -8));
          if (value % 100 == 0) {
            // So that what grew is mapped, if there is enough of it.
            file.read(at, MemorySegment.ofArray(new byte[8]));
          }
          grown += file.mapped().byteSize() > mapped ? 1 : 0;
          mapped = file.mapped().byteSize();
        }
        assertTrue(grown > 1, grown + " mappings");
      }
    }

    @Test
    final void whatOthersAppendIsSeen() throws IOException {
      Path path = file(new byte[1000]);
      try (FileStorage file = open(path, false)) {
        file.read(0, MemorySegment.ofArray(new byte[1000]));
        byte[] more = RandomContent.of(1, 0, 5 * MIB);
        Files.write(path, more, java.nio.file.StandardOpenOption.APPEND);
        assertEquals(1000 + more.length, file.size());
        byte[] found = new byte[more.length];
        file.read(1000, MemorySegment.ofArray(found));
        assertArrayEquals(more, found);
      }
    }

    @Test
    final void growthBeyondTheMappingIsMapped() throws IOException {
      try (FileStorage file = open(file(new byte[1000]), true)) {
        file.read(0, MemorySegment.ofArray(new byte[10]));
        assertEquals(1000, file.mapped().byteSize());
        file.resize(MIB);
        file.read(MIB - 10, MemorySegment.ofArray(new byte[10]));
        assertEquals(1000, file.mapped().byteSize());
        file.resize(200L * MIB);
        file.write(150L * MIB, MemorySegment.ofArray(new byte[] {5}));
        byte[] found = new byte[1];
        file.read(150L * MIB, MemorySegment.ofArray(found));
        assertEquals(5, found[0]);
        assertEquals(200L * MIB, file.mapped().byteSize());
      }
    }

    private void assertRefused(Path path, String kind) {
      for (boolean writable : new boolean[] {true, false}) {
        FileSystemException e =
            assertThrows(FileSystemException.class, () -> open(path, writable).close());
        assertEquals(
            path
                + ": opening for "
                + (writable ? "writing" : "reading")
                + ": it is "
                + kind
                + ", not a regular file or block device",
            e.getMessage());
        assertEquals(path.toString(), e.getFile());
      }
    }

    @Test
    final void whatHoldsNoImageIsRefusedByItsKind() throws Exception {
      Exception none =
          assertThrows(NoSuchFileException.class, () -> open(directory.resolve("none.img"), false));
      assertEquals(directory.resolve("none.img") + ": no such file", none.getMessage());
      assertRefused(directory, "a directory");
      Path device = Path.of("/dev/zero");
      if (Files.exists(device)) {
        assertRefused(device, "a character device");
        assertRefused(
            Files.createSymbolicLink(directory.resolve("zero"), device), "a character device");
      }
      Path socket = directory.resolve("socket");
      try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
        server.bind(UnixDomainSocketAddress.of(socket));
        assertRefused(socket, "a socket");
      }
      if (Oracle.isInstalled("mkfifo")) {
        Path pipe = directory.resolve("pipe");
        Oracle.of("mkfifo").run(pipe).orFail();
        assertRefused(pipe, "a pipe");
      }
    }

    /** What is thrown names the file, and not what the JDK or the C library call it. */
    @Test
    final void failuresNameTheFileAndWhatWasTried() throws IOException {
      Path path = file(new byte[1000]);
      try (FileStorage file = open(path, true)) {
        long huge = Long.MAX_VALUE - 511;
        FileSystemException e = assertThrows(FileSystemException.class, () -> file.resize(huge));
        String tried = path + ": resizing to " + huge + " bytes: ";
        assertTrue(e.getMessage().startsWith(tried), e.getMessage());
        assertTrue(e.getMessage().length() > tried.length(), e.getMessage());
        MemorySegment one = MemorySegment.ofArray(new byte[512]);
        e = assertThrows(FileSystemException.class, () -> file.write(huge - 512, one));
        assertTrue(e.getMessage().startsWith(path + ": writing at " + (huge - 512) + ": "));
        e = assertThrows(FileSystemException.class, () -> file.reserve(huge - 512, 512));
        assertTrue(e.getMessage().startsWith(path + ": "), e.getMessage());
        assertEquals(1000, file.size());
      }
    }

    @Test
    final void linksAreFollowed() throws IOException {
      Path path = file((byte) 5);
      Path link = Files.createSymbolicLink(directory.resolve("link" + files++), path);
      try (FileStorage file = open(link, false)) {
        assertEquals(1, file.size());
        assertEquals(link.toString(), file.name());
      }
    }

    @Test
    final void aNameOutsideAsciiIsOpened() throws IOException {
      String unicode = System.getProperty("sun.jnu.encoding", "");
      assumeTrue(unicode.equalsIgnoreCase("UTF-8"), "file names are not UTF-8 here: " + unicode);
      Path path = Files.write(directory.resolve("\u00e4\u4e2d \ud83d\udcbe"), new byte[3]);
      try (FileStorage file = open(path, true)) {
        assertEquals(3, file.size());
      }
    }

    /** A name in an archive says nothing of the file of that name on the host. */
    @Test
    final void aFileOfAnotherFileSystemIsNoFileOfTheHost() throws IOException {
      Path host = file(RandomContent.of(1, 0, 1000));
      Path zip = directory.resolve("archive" + files++ + ".zip");
      try (FileSystem archive = FileSystems.newFileSystem(zip, Map.of("create", "true"))) {
        Path inside = archive.getPath(host.toString());
        Files.createDirectories(inside.getParent());
        Files.write(inside, new byte[] {1, 2, 3});
        try (FileStorage file = open(inside, false)) {
          assertEquals(3, file.size());
          assertEquals(3, file.allocatedSize().orElse(3));
          assertEquals(3, file.nextHole(0));
        }
      }
    }
  }

  @Nested
  final class WithNativeCalls extends OfFile {
    @Override
    @Nullable NativeIo io() {
      return NativeAccess.get();
    }

    @Override
    boolean knowsHoles() {
      return true;
    }

    /** What is open stays the same file, whatever becomes of its name. */
    @Test
    void fileMayBeMovedOrDeletedWhileOpen() throws IOException {
      Path path = Files.write(directory.resolve("moving.img"), new byte[] {1, 2, 3});
      try (FileStorage file = open(path, true)) {
        Files.move(path, directory.resolve("moved.img"));
        Files.write(path, new byte[] {9, 9, 9});
        Thread.currentThread().interrupt();
        file.write(1, MemorySegment.ofArray(new byte[] {7}));
        assertTrue(Thread.interrupted());
        Files.delete(directory.resolve("moved.img"));
        Thread.currentThread().interrupt();
        byte[] found = new byte[3];
        file.read(0, MemorySegment.ofArray(found));
        assertTrue(Thread.interrupted());
        assertArrayEquals(new byte[] {1, 7, 3}, found);
      }
      assertArrayEquals(new byte[] {9, 9, 9}, Files.readAllBytes(path));
    }

    @Test
    void zeroingReservesUnlessItGivesBack() throws IOException {
      storage.resize(4 * MIB);
      storage.zero(0, 2 * MIB, false);
      assertTrue(storage.allocatedSize().orElseThrow() >= 2 * MIB);
      assertEquals(4 * MIB, storage.nextData(0));
      storage.zero(0, 2 * MIB, true);
      assertEquals(0, storage.allocatedSize().orElseThrow());
    }

    @Test
    void reservingOccupies() throws IOException {
      storage.reserve(MIB, 2 * MIB);
      assertTrue(storage.allocatedSize().orElseThrow() >= 2 * MIB);
      assertEquals(3 * MIB, storage.size());
    }
  }

  @Nested
  final class WithoutNativeCalls extends OfFile {
    @Override
    @Nullable NativeIo io() {
      return null;
    }

    @Override
    boolean knowsHoles() {
      return false;
    }

    @Test
    void whatItOccupiesIsNotKnown() throws IOException {
      storage.write(0, MemorySegment.ofArray(new byte[MIB]));
      assertEquals(OptionalLong.empty(), storage.allocatedSize());
    }

    /** Opened again after an interrupt, it must not become another file. */
    @Test
    void anotherFileOfTheSameNameIsNotTaken() throws IOException {
      Path path = Files.write(directory.resolve("moving.img"), new byte[] {1, 2, 3});
      try (FileStorage file = open(path, true)) {
        Files.move(path, directory.resolve("moved.img"));
        Files.write(path, new byte[] {9, 9, 9});
        Thread.currentThread().interrupt();
        IOException e =
            assertThrows(
                IOException.class, () -> file.write(1, MemorySegment.ofArray(new byte[] {7})));
        assertEquals(
            path + ": opening it again: another file took its place while it was in use",
            e.getMessage());
        assertTrue(Thread.interrupted());
      }
      assertArrayEquals(new byte[] {9, 9, 9}, Files.readAllBytes(path));
    }
  }
}
