package io.diskformat.storage;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.diskformat.CreateOptions;
import io.diskformat.DiskImages;
import io.diskformat.ImageLockedException;
import io.diskformat.storage.FileStorage.Sharing;
import io.diskformat.testing.HookedFiles;
import io.diskformat.testing.Oracle;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A file that is there already: what is kept of it, and when it is written in place. */
final class ExistingTargetTest {
  private static final byte[] OLD = {1, 2, 3};
  private static final byte[] NEW = {4, 5, 6, 7};
  private static final int NOBODY = 65534;
  private static final int SOMEBODY = 12345;

  @TempDir Path directory;

  private final HookedFiles hooked = new HookedFiles();
  private Path path;

  @BeforeEach
  void make() throws IOException {
    path = Files.write(directory.resolve("disk.img"), OLD);
  }

  private List<String> files() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  private static void write(NewFile file) throws IOException {
    file.storage().write(0, MemorySegment.ofArray(NEW));
    file.storage().close();
    file.commit();
  }

  private static Object idOf(Path path) throws IOException {
    return Files.getAttribute(path, "unix:ino");
  }

  private static void assumeRoot() throws IOException {
    assumeTrue(Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0), "this takes root");
  }

  // In place

  /** Forbids what the operations' names say. */
  private Path without(String... forbidden) {
    hooked.hook((operation, done) -> {
      if (List.of(forbidden).contains(operation)) {
        throw new AccessDeniedException("on purpose");
      }
    });
    return hooked.path(path);
  }

  @Test
  void isWrittenInPlaceWhereItsDirectoryCannotBeWritten() throws IOException {
    Object id = idOf(path);
    try (NewFile file = NewFile.beside(without("access[WRITE] ."), true)) {
      // It does not look whole before it is.
      assertEquals(0, Files.size(path));
      assertEquals(List.of("disk.img"), files());
      write(file);
    }
    assertArrayEquals(NEW, Files.readAllBytes(path));
    assertEquals(id, idOf(path));
    assertEquals(List.of("disk.img"), files());
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void isEmptyIfItIsNotWrittenWhole(boolean closed) throws IOException {
    try (NewFile file = NewFile.beside(without("access[WRITE] ."), true)) {
      file.storage().write(0, MemorySegment.ofArray(NEW));
      if (closed) {
        file.storage().close();
      }
    }
    assertEquals(0, Files.size(path));
    assertEquals(List.of("disk.img"), files());
  }

  /** Whoever opens it next keeps his lock: on this host each closing takes away all of them. */
  @Test
  void isClosedForGoodBeforeAnybodyElseHereCanHaveIt() throws IOException {
    AtomicInteger open = new AtomicInteger();
    CountDownLatch underWay = new CountDownLatch(1);
    CountDownLatch mayGoOn = new CountDownLatch(1);
    hooked.hook((operation, done) -> {
      if (operation.equals("access[WRITE] .")) {
        throw new AccessDeniedException("on purpose");
      }
      if (Thread.currentThread().getName().equals("freeing-space")) {
        awaitIn(mayGoOn);
      }
      if (operation.equals("force disk.img") && !done) {
        underWay.countDown();
        awaitIn(mayGoOn);
      }
      if (done) {
        open.addAndGet(
            operation.equals("open disk.img") ? 1 : operation.equals("close disk.img") ? -1 : 0);
      }
    });
    Thread caller = Thread.currentThread();
    Thread _ =
        Thread.ofPlatform()
            .start(() -> {
              awaitIn(underWay);
              caller.interrupt();
            });
    try (NewFile file = NewFile.beside(hooked.path(path), true)) {
      assertThrows(InterruptedIOException.class, () -> write(file));
    }
    assertTrue(Thread.interrupted());
    assertEquals(0, open.get(), "is still open");
    mayGoOn.countDown();
    try (NewFile file = NewFile.beside(hooked.path(path), true)) {
      write(file);
    }
    assertArrayEquals(NEW, Files.readAllBytes(path));
  }

  private static void awaitIn(CountDownLatch latch) {
    try {
      assertTrue(latch.await(1, TimeUnit.MINUTES));
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void isLeftAloneIfNeitherItNorItsDirectoryCanBeWritten() throws IOException {
    Path refused = without("access[WRITE] .", "access[WRITE] disk.img");
    AccessDeniedException e =
        assertThrows(AccessDeniedException.class, () -> NewFile.beside(refused, true));
    assertEquals(
        path + ": neither can it be written, nor replaced in its directory", e.getMessage());
    assertArrayEquals(OLD, Files.readAllBytes(path));
  }

  @Test
  void isNotWrittenInPlaceWhileInUse() throws IOException {
    try (FileStorage user = FileStorage.open(path, true, Sharing.LOCKED)) {
      Path refused = without("access[WRITE] .");
      assertThrows(ImageLockedException.class, () -> NewFile.beside(refused, true));
      assertEquals(3, user.size());
    }
    assertArrayEquals(OLD, Files.readAllBytes(path));
  }

  @ParameterizedTest
  @ValueSource(strings = {"disk.img", "a b\\c\td.img"})
  void aMountPointIsWrittenInPlace(String name) throws Exception {
    assumeRoot();
    Path point = Files.write(directory.resolve(name), OLD);
    Path real = Files.write(Files.createDirectory(directory.resolve("sub")).resolve("real"), OLD);
    Object id = idOf(real);
    assumeTrue(Oracle.of("mount").run("--bind", real, point).exitCode() == 0, "no mounts here");
    try {
      CreateOptions options = CreateOptions.format("raw").size(512).replaceExisting();
      DiskImages.create(point, options);
      assertEquals(512, Files.size(real));
      assertEquals(id, idOf(real));
      Oracle.of("mount").run("-o", "remount,bind,ro", point).orFail();
      assertThrows(AccessDeniedException.class, () -> DiskImages.create(point, options));
      assertEquals(512, Files.size(real));
    } finally {
      Oracle.of("umount").run(point).orFail();
    }
    // Now it is no mount point.
    assertArrayEquals(OLD, Files.readAllBytes(point));
  }

  @ParameterizedTest
  @CsvSource({
    // of the directory: mode, owner; owner of the file; who asks; may he rename
    "1777, 0, 0, 65534, false",
    "1777, 0, 12345, 65534, false",
    "1777, 0, 65534, 65534, true",
    "1777, 65534, 0, 65534, true",
    "1777, 65534, 12345, 0, true",
    "777, 0, 0, 65534, true"
  })
  void stickyDirectories(String mode, int directoryOwner, int owner, int user, boolean may)
      throws IOException {
    assumeRoot();
    Path place = Files.createDirectory(directory.resolve("place"));
    Path target = Files.write(place.resolve("disk.img"), OLD);
    Path own = Files.createFile(place.resolve("own"));
    Files.setAttribute(own, "unix:uid", user);
    Files.setAttribute(target, "unix:uid", owner);
    Files.setAttribute(place, "unix:uid", directoryOwner);
    Oracle.of("chmod").run(mode, place).orFail();
    assertEquals(may, RenameRights.mayReplace(target, own));
  }

  // What is kept

  @Test
  void rootKeepsOwnerAndGroup() throws IOException {
    assumeRoot();
    Files.setAttribute(path, "unix:uid", NOBODY);
    Files.setAttribute(path, "unix:gid", SOMEBODY);
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-r-----"));
    try (NewFile file = NewFile.beside(path, true)) {
      Path partial = file.storage().path().orElseThrow();
      assertEquals(NOBODY, Files.getAttribute(partial, "unix:uid"));
      assertEquals(SOMEBODY, Files.getAttribute(partial, "unix:gid"));
      write(file);
    }
    assertArrayEquals(NEW, Files.readAllBytes(path));
    assertEquals(NOBODY, Files.getAttribute(path, "unix:uid"));
    assertEquals(SOMEBODY, Files.getAttribute(path, "unix:gid"));
    Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(path);
    assertEquals("rw-r-----", PosixFilePermissions.toString(permissions));
  }

  /** The old file may be secret, and a file that was opened once can be read for good. */
  @Test
  void nobodyElseEverSeesTheNewFile() throws IOException {
    AtomicInteger made = new AtomicInteger();
    hooked.hook((operation, done) -> {
      if (done && operation.startsWith("make ")) {
        made.incrementAndGet();
        Path partial = directory.resolve(operation.substring("make ".length()));
        Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(partial);
        assertEquals("rw-------", PosixFilePermissions.toString(permissions));
      }
    });
    try (NewFile file = NewFile.beside(hooked.path(path), true)) {
      write(file);
    }
    assertEquals(1, made.get());
  }

  @ParameterizedTest
  @CsvSource({
    "rw-rw----, true, rw-rw----",
    "rw-rw----, false, rw-------",
    "rw-rw-r--, false, rw-r--r--",
    "rwxrwxrwx, false, rwxrwxrwx",
    "---r-x--x, false, -----x--x"
  })
  void anotherGroupMayNoMoreThanEverybody(String old, boolean sameGroup, String kept) {
    Set<PosixFilePermission> permissions = PosixFilePermissions.fromString(old);
    Set<PosixFilePermission> given = KeptAttributes.permissions(permissions, sameGroup);
    assertEquals(kept, PosixFilePermissions.toString(given));
  }

  // Links that lead to nothing

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aDanglingLinkMakesWhatItLeadsTo(boolean replace) throws IOException {
    Path sub = Files.createDirectory(directory.resolve("sub"));
    Path first = Files.createSymbolicLink(directory.resolve("first"), Path.of("sub/second"));
    Files.createSymbolicLink(sub.resolve("second"), Path.of("../end.img"));
    try (NewFile file = NewFile.beside(first, replace)) {
      assertEquals(first.toString(), file.storage().name());
      write(file);
    }
    assertArrayEquals(NEW, Files.readAllBytes(directory.resolve("end.img")));
    assertTrue(Files.isRegularFile(directory.resolve("end.img"), LinkOption.NOFOLLOW_LINKS));
    assertTrue(Files.isSymbolicLink(first));
    assertTrue(Files.isSymbolicLink(sub.resolve("second")));
    assertEquals(List.of("disk.img", "end.img", "first", "sub"), files());
  }

  @Test
  void linksThatLeadNowhereAreRefused() throws IOException {
    Path loop = Files.createSymbolicLink(directory.resolve("loop"), Path.of("loop"));
    Path none = Files.createSymbolicLink(directory.resolve("none"), Path.of("nodir/x"));
    FileSystemException endless =
        assertThrows(FileSystemException.class, () -> NewFile.beside(loop, true));
    assertEquals(loop + ": too many symbolic links", endless.getMessage());
    NoSuchFileException missing =
        assertThrows(NoSuchFileException.class, () -> NewFile.beside(none, true));
    assertEquals(none + ": no such directory", missing.getMessage());
    assertFalse(Files.exists(directory.resolve("nodir")));
  }

  // Names

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void isCalledAsTheCallerCallsIt(boolean inPlace) throws IOException {
    Path link = Files.createSymbolicLink(directory.resolve("link"), path.getFileName());
    hooked.hook((operation, done) -> {
      if (inPlace && operation.equals("access[WRITE] .")) {
        throw new AccessDeniedException("on purpose");
      }
    });
    try (NewFile file = NewFile.beside(hooked.path(link), true)) {
      assertEquals(link.toString(), file.storage().name());
      IndexOutOfBoundsException ignored =
          assertThrows(IndexOutOfBoundsException.class, () -> file.storage().resize(-1));
      IOException e =
          assertThrows(
              IOException.class, () -> file.storage().read(9, MemorySegment.ofArray(new byte[1])));
      assertTrue(e.getMessage().startsWith(link + ": "), e.getMessage());
    }
    try (FileStorage user = FileStorage.open(path, true, Sharing.LOCKED)) {
      IOException e = assertThrows(IOException.class, () -> NewFile.beside(link, true));
      assertTrue(e.getMessage().startsWith(link + ": "), e.getMessage());
      assertTrue(user.isWritable());
    }
  }
}
