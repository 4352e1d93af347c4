package io.diskformat.storage;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.diskformat.ImageLockedException;
import io.diskformat.storage.FileStorage.Sharing;
import io.diskformat.testing.Oracle;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A new file is there whole or not at all. */
final class NewFileTest {
  private static final byte[] OLD = {1, 2, 3};
  private static final byte[] NEW = {4, 5, 6, 7};

  @TempDir Path directory;
  private Path path;

  @BeforeEach
  void name() {
    path = directory.resolve("new.img");
  }

  private List<String> files() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  private static void write(NewFile file) throws IOException {
    file.storage().write(0, MemorySegment.ofArray(NEW));
    file.storage().flush();
  }

  private static void make(Path path, boolean replace) throws IOException {
    try (NewFile file = NewFile.beside(path, replace)) {
      write(file);
      file.commit();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void isThereOnceCommitted(boolean replace) throws IOException {
    try (NewFile file = NewFile.beside(path, replace)) {
      write(file);
      assertFalse(Files.exists(path));
      assertEquals(1, files().size());
      file.commit();
      assertArrayEquals(NEW, Files.readAllBytes(path));
      assertEquals(List.of("new.img"), files());
      // It can still be written, whoever was interrupted.
      Thread.currentThread().interrupt();
      assumeTrue(NativeAccess.get() != null, "no native calls here");
      file.storage().write(0, MemorySegment.ofArray(new byte[] {9}));
      assertTrue(Thread.interrupted());
    }
    assertEquals(9, Files.readAllBytes(path)[0]);
    assertEquals(List.of("new.img"), files());
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void leavesNothingUnlessCommitted(boolean replace) throws IOException {
    try (NewFile file = NewFile.beside(path, replace)) {
      write(file);
    }
    assertEquals(List.of(), files());
    Files.write(path, OLD);
    if (replace) {
      try (NewFile file = NewFile.beside(path, true)) {
        write(file);
      }
    }
    assertArrayEquals(OLD, Files.readAllBytes(path));
    assertEquals(List.of("new.img"), files());
  }

  @Test
  void replacesOnlyIfAsked() throws IOException {
    Files.write(path, OLD);
    assertThrows(FileAlreadyExistsException.class, () -> make(path, false));
    assertArrayEquals(OLD, Files.readAllBytes(path));
    make(path, true);
    assertArrayEquals(NEW, Files.readAllBytes(path));
    assertEquals(List.of("new.img"), files());
  }

  /** Who has the old file open keeps it; nobody ever sees a part of the new one. */
  @Test
  void replacesInOneStep() throws IOException {
    Files.write(path, OLD);
    try (NewFile file = NewFile.beside(path, true);
        FileStorage reader = FileStorage.open(path, false, Sharing.LOCKED)) {
      write(file);
      assertArrayEquals(OLD, Files.readAllBytes(path));
      file.commit();
      byte[] found = new byte[3];
      reader.read(0, MemorySegment.ofArray(found));
      assertArrayEquals(OLD, found);
      assertArrayEquals(NEW, Files.readAllBytes(path));
    }
  }

  @Test
  void theNameMayBeTakenMeanwhile() throws IOException {
    try (NewFile file = NewFile.beside(path, false)) {
      write(file);
      Files.write(path, OLD);
      assertThrows(FileAlreadyExistsException.class, file::commit);
    }
    assertArrayEquals(OLD, Files.readAllBytes(path));
    assertEquals(List.of("new.img"), files());
  }

  // What is not replaced

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void onlyRegularFilesAreReplaced(boolean replace) throws IOException {
    Path sub = Files.createDirectory(directory.resolve("sub"));
    Path device = Files.createSymbolicLink(directory.resolve("device"), Path.of("/dev/null"));
    List<String> before = files();
    for (Path each : List.of(sub, device, Path.of("/dev/null"), Path.of("/"))) {
      assertThrows(FileAlreadyExistsException.class, () -> make(each, replace));
    }
    assertEquals(before, files());
    // Cleaning up is wary of links that lead elsewhere.
    Files.delete(device);
  }

  @Test
  void pipesAreNotReplaced() throws IOException {
    Path pipe = directory.resolve("pipe");
    Oracle.of("mkfifo").run(pipe).orFail();
    assertThrows(FileAlreadyExistsException.class, () -> make(pipe, true));
    assertTrue(Files.exists(pipe));
    assertEquals(List.of("pipe"), files());
  }

  @Test
  void aLinkStaysAndWhatItLeadsToIsReplaced() throws IOException {
    Path sub = Files.createDirectory(directory.resolve("sub"));
    Files.write(sub.resolve("real.img"), OLD);
    Path link = Files.createSymbolicLink(path, Path.of("sub/real.img"));
    assertThrows(FileAlreadyExistsException.class, () -> make(link, false));
    make(link, true);
    assertTrue(Files.isSymbolicLink(link));
    assertArrayEquals(NEW, Files.readAllBytes(sub.resolve("real.img")));
    assertFalse(Files.isSymbolicLink(sub.resolve("real.img")));
    assertEquals(List.of("new.img", "sub"), files());
  }

  @Test
  void aLinkMadeMeanwhileLeadsNowhere() throws IOException {
    Path victim = Files.write(directory.resolve("victim.img"), OLD);
    try (NewFile file = NewFile.beside(path, false)) {
      write(file);
      Files.createSymbolicLink(path, victim);
      assertThrows(FileAlreadyExistsException.class, file::commit);
    }
    assertArrayEquals(OLD, Files.readAllBytes(victim));
    Files.delete(path);
    try (NewFile file = NewFile.beside(path, true)) {
      write(file);
      Files.createSymbolicLink(path, victim);
      file.commit();
    }
    // The link gave way.
    assertArrayEquals(OLD, Files.readAllBytes(victim));
    assertTrue(Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS));
  }

  @Test
  void hardLinksArePartedByReplacing() throws IOException {
    Files.write(path, OLD);
    Path other = Files.createLink(directory.resolve("other.img"), path);
    make(path, true);
    assertArrayEquals(OLD, Files.readAllBytes(other));
    assertArrayEquals(NEW, Files.readAllBytes(path));
  }

  @Test
  void anImageInUseIsNotReplaced() throws IOException {
    Files.write(path, OLD);
    for (boolean writable : new boolean[] {true, false}) {
      try (FileStorage user = FileStorage.open(path, writable, Sharing.LOCKED)) {
        assumeTrue(writable || NativeAccess.get() != null, "no native calls here");
        assertThrows(ImageLockedException.class, () -> make(path, true));
        assertEquals(3, user.size());
      }
      assertEquals(List.of("new.img"), files());
    }
    make(path, true);
  }

  @Test
  void anImageThatSomebodyBeganToWriteIsNotReplaced() throws IOException {
    assumeTrue(NativeAccess.get() != null, "no native calls here");
    Files.write(path, OLD);
    try (NewFile file = NewFile.beside(path, true)) {
      write(file);
      try (FileStorage writer = FileStorage.open(path, true, Sharing.LOCKED)) {
        assertThrows(ImageLockedException.class, file::commit);
        assertEquals(3, writer.size());
      }
    }
    assertArrayEquals(OLD, Files.readAllBytes(path));
    assertEquals(List.of("new.img"), files());
  }

  // What is kept

  @ParameterizedTest
  @ValueSource(strings = {"rw-------", "rw-r-----", "rwxrwxrwx", "r--r--r--"})
  void permissionsAreKept(String permissions) throws IOException {
    assumeTrue(Files.getFileStore(directory).supportsFileAttributeView("posix"));
    Files.write(path, OLD);
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(permissions));
    try (NewFile file = NewFile.beside(path, true)) {
      write(file);
      // Meanwhile nobody else may see it who may not see the old one.
      Path temporary = file.storage().path().orElseThrow();
      String meanwhile = PosixFilePermissions.toString(Files.getPosixFilePermissions(temporary));
      assertEquals("rw" + permissions.substring(2), meanwhile);
      file.commit();
    }
    assertEquals(permissions, PosixFilePermissions.toString(Files.getPosixFilePermissions(path)));
  }

  // Names

  @ParameterizedTest
  @ValueSource(strings = {"x", "\u00e4", "\u4e2d", "\ud83d\udcbe"})
  void aNameMayBeAsLongAsTheHostAllows(String letter) throws IOException {
    assumeTrue(System.getProperty("sun.jnu.encoding", "").equalsIgnoreCase("UTF-8"));
    int bytes = letter.getBytes(java.nio.charset.StandardCharsets.UTF_8).length;
    Path named = directory.resolve(letter.repeat(255 / bytes));
    make(named, false);
    make(named, true);
    assertArrayEquals(NEW, Files.readAllBytes(named));
  }

  /** The name under which a file is written is longer than the one that the caller knows. */
  @Test
  void aPathThatIsTooLongIsToldOfTheFileThatWasNamed() {
    Path named = Path.of(directory + "/.".repeat(2040 - directory.toString().length() / 2) + "/x");
    FileSystemException e = assertThrows(FileSystemException.class, () -> make(named, false));
    assertEquals(named + ": File name too long", e.getMessage());
  }

  @Test
  void aDirectoryThatIsMissingIsTold() throws IOException {
    Path missing = directory.resolve("none/new.img");
    for (boolean replace : new boolean[] {false, true}) {
      NoSuchFileException e = assertThrows(NoSuchFileException.class, () -> make(missing, replace));
      assertEquals(missing + ": no such directory", e.getMessage());
    }
    assertEquals(List.of(), files());
  }

  @Test
  void aFileSystemNeedNotHaveLinks() throws IOException {
    try (FileSystem archive =
        FileSystems.newFileSystem(directory.resolve("a.zip"), Map.of("create", "true"))) {
      Path inside = archive.getPath("/new.img");
      try (NewFile file = NewFile.beside(inside, false)) {
        write(file);
        file.storage().close();
        file.commit();
      }
      assertArrayEquals(NEW, Files.readAllBytes(inside));
    }
  }
}
