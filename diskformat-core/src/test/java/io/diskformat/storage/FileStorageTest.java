package io.diskformat.storage;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.diskformat.ImageClosedException;
import io.diskformat.storage.FileStorage.Sharing;
import io.diskformat.testing.RandomContent;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
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

    @Test
    final void onlyRegularFilesAreOpened() throws IOException {
      Exception none =
          assertThrows(NoSuchFileException.class, () -> open(directory.resolve("none.img"), false));
      assertTrue(none.getMessage().contains("none.img"));
      Exception notFile = assertThrows(IOException.class, () -> open(directory, false));
      assertTrue(notFile.getMessage().contains("not a regular file"), notFile.getMessage());
      Path device = Path.of("/dev/zero");
      if (Files.exists(device)) {
        assertThrows(IOException.class, () -> open(device, false));
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

    /** Opened again after an interrupt, it must not become another file. */
    @Test
    void anotherFileOfTheSameNameIsNotTaken() throws IOException {
      Path path = Files.write(directory.resolve("moving.img"), new byte[] {1, 2, 3});
      try (FileStorage file = open(path, true)) {
        Files.move(path, directory.resolve("moved.img"));
        Files.write(path, new byte[] {9, 9, 9});
        Thread.currentThread().interrupt();
        assertThrows(IOException.class, () -> file.write(1, MemorySegment.ofArray(new byte[] {7})));
        assertTrue(Thread.interrupted());
      }
      assertArrayEquals(new byte[] {9, 9, 9}, Files.readAllBytes(path));
    }
  }
}
