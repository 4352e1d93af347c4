package io.diskformat.storage;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.diskformat.CreateOptions;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.storage.FileStorage.Sharing;
import io.diskformat.testing.RandomContent;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A disk without space is an IOException, never a crash, and what was there stays. */
final class FullDiskTest {
  private static final int MIB = 1 << 20;

  /** In a mounted file system of 8 MiB. */
  @TempDir Path directory;

  private boolean mounted;

  @BeforeEach
  void mount() throws Exception {
    mounted = run("mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", directory.toString());
    if (!mounted) {
      abort("no file system can be mounted here, which takes root");
    }
  }

  @AfterEach
  void unmount() throws Exception {
    if (mounted) {
      assertTrue(run("umount", directory.toString()), "is something still open?");
    }
  }

  private static boolean run(String... command) throws Exception {
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      return process.waitFor() == 0;
    } catch (IOException e) {
      return false;
    }
  }

  private FileStorage create(boolean nativeCalls) throws IOException {
    Path path = Files.createFile(directory.resolve("full.img"));
    @Nullable NativeIo io = nativeCalls ? NativeAccess.get() : null;
    return FileStorage.open(path, true, Sharing.LOCKED, io);
  }

  private static byte[] read(Storage storage, long position, int length) throws IOException {
    byte[] bytes = new byte[length];
    storage.read(position, MemorySegment.ofArray(bytes));
    return bytes;
  }

  /** It says of which file, too; of a new one's name before it has its own, so far. */
  private void assertNoSpace(IOException e) {
    assertTrue(e.getMessage().toLowerCase().contains("no space left"), e.getMessage());
    assertTrue(e.getMessage().startsWith(directory + "/"), e.getMessage());
  }

  /** By whatever way it is found that no space is left, the words are the same. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void saysWhichFileWhatWasTriedAndWhyNot(boolean nativeCalls) throws IOException {
    try (FileStorage storage = create(nativeCalls)) {
      String name = storage.name();
      storage.resize(20 * MIB);
      fill(storage);
      MemorySegment bytes = MemorySegment.ofArray(new byte[8192]);
      assertEquals(
          name + ": writing at 1048576: No space left on device",
          assertThrows(IOException.class, () -> storage.write(MIB, bytes)).getMessage());
      assertEquals(
          name + ": writing zeroes at 1048576: No space left on device",
          assertThrows(IOException.class, () -> storage.zero(MIB, 8192, false)).getMessage());
      assertEquals(
          name + ": reserving space at 104857600: No space left on device",
          assertThrows(IOException.class, () -> storage.reserve(100 * MIB, MIB)).getMessage());
    }
  }

  /** It is the target that is full, and not the source. */
  @Test
  void aCopyOfTheHostSaysWhichFileIsFull() throws IOException {
    Path source = Files.write(directory.resolve("source.img"), RandomContent.of(1, 0, 65536));
    try (FileStorage from = FileStorage.open(source, false, Sharing.LOCKED);
        FileStorage storage = create(true)) {
      storage.resize(20 * MIB);
      assumeTrue(HostCopy.run(from, 0, storage, 0, 4096) == 4096, "no such copies here");
      fill(storage);
      IOException e =
          assertThrows(IOException.class, () -> HostCopy.run(from, 0, storage, MIB, 8192));
      assertEquals(
          storage.name() + ": writing at 1048576: No space left on device", e.getMessage());
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void growthFailsAndWhatWasThereStays(boolean nativeCalls) throws IOException {
    byte[] content = RandomContent.of(1, 0, 6 * MIB);
    try (FileStorage storage = create(nativeCalls)) {
      storage.write(0, MemorySegment.ofArray(content));
      byte[] more = RandomContent.of(2, 0, 4 * MIB);
      assertNoSpace(
          assertThrows(
              IOException.class, () -> storage.write(6 * MIB, MemorySegment.ofArray(more))));
      assertArrayEquals(content, read(storage, 0, content.length));
      // And it can still be written.
      storage.write(100, MemorySegment.ofArray(new byte[] {1, 2, 3}));
      assertArrayEquals(new byte[] {1, 2, 3}, read(storage, 100, 3));
      storage.flush();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void reservingFailsBeforeAnythingIsWritten(boolean nativeCalls) throws IOException {
    byte[] content = RandomContent.of(1, 0, MIB);
    try (FileStorage storage = create(nativeCalls)) {
      storage.write(0, MemorySegment.ofArray(content));
      assertNoSpace(assertThrows(IOException.class, () -> storage.reserve(MIB, 20 * MIB)));
      assertNoSpace(assertThrows(IOException.class, () -> storage.reserve(0, 20 * MIB)));
      assertArrayEquals(content, read(storage, 0, MIB));
      assertEquals(MIB, storage.size());
      storage.reserve(MIB, 5 * MIB);
      byte[] more = RandomContent.of(2, 0, 5 * MIB);
      storage.write(MIB, MemorySegment.ofArray(more));
      assertArrayEquals(more, read(storage, MIB, 5 * MIB));
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void holesCannotBeFilledAndStillReadAsZeroes(boolean nativeCalls) throws IOException {
    try (FileStorage storage = create(nativeCalls)) {
      storage.resize(100L * MIB);
      byte[] content = RandomContent.of(1, 0, 7 * MIB);
      storage.write(20L * MIB, MemorySegment.ofArray(content));
      fill(storage);
      for (long at = 50L * MIB; at < 60L * MIB; at += MIB) {
        long position = at;
        assertNoSpace(
            assertThrows(
                IOException.class,
                () -> storage.write(position, MemorySegment.ofArray(new byte[8192]))));
        assertNoSpace(assertThrows(IOException.class, () -> storage.zero(position, 65536, false)));
        if (nativeCalls) {
          // Without them nobody says that here a mapped hole cannot be read without space.
          assertArrayEquals(new byte[65536], read(storage, at, 65536));
          assertEquals(0, storage.readLong(at + 8));
        }
      }
      assertArrayEquals(content, read(storage, 20L * MIB, content.length));
      if (nativeCalls && NativeAccess.get() != null) {
        storage.zero(20L * MIB, content.length, true);
        storage.write(50L * MIB, MemorySegment.ofArray(content));
        assertArrayEquals(content, read(storage, 50L * MIB, content.length));
      }
    }
  }

  /** Takes all the space that is left. */
  private void fill(Storage storage) {
    assertNoSpace(
        assertThrows(
            IOException.class,
            () -> {
              for (long at = 70L * MIB; ; at += 4096) {
                storage.write(at, MemorySegment.ofArray(new byte[] {1}));
              }
            }));
  }

  @ParameterizedTest
  @ValueSource(strings = {"falloc", "full"})
  void anImageThatDoesNotFitLeavesNothing(String preallocation) throws IOException {
    Path path = directory.resolve("big.img");
    CreateOptions options =
        CreateOptions.format("raw").size(20L * MIB).option("preallocation", preallocation);
    assertNoSpace(assertThrows(IOException.class, () -> DiskImages.create(path, options)));
    try (Stream<Path> files = Files.list(directory)) {
      assertEquals(List.of(), files.toList());
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aDiskThatIsFullIsStillReadAndClosed(boolean discards) throws IOException {
    Path path = directory.resolve("sparse.img");
    DiskImages.create(path, CreateOptions.format("raw").size(64L * MIB));
    byte[] content = RandomContent.of(1, 0, MIB);
    try (DiskImage disk = DiskImages.open(path, OpenOptions.writable().format("raw"))) {
      int[] written = {0};
      assertNoSpace(
          assertThrows(
              IOException.class,
              () -> {
                while (true) {
                  disk.write((long) written[0] * MIB, content);
                  written[0]++;
                }
              }));
      assertTrue(written[0] >= 6, () -> written[0] + " MiB");
      byte[] found = new byte[MIB];
      for (int i = 0; i < written[0]; i++) {
        disk.read((long) i * MIB, found);
        assertArrayEquals(content, found);
      }
      disk.read(50L * MIB, found);
      assertArrayEquals(new byte[MIB], found);
      if (discards && NativeAccess.get() != null) {
        disk.discard(0, 4L * MIB);
        disk.write(32L * MIB, content);
        disk.read(32L * MIB, found);
        assertArrayEquals(content, found);
      }
      disk.flush();
    }
    assertEquals(64L * MIB, Files.size(path));
  }
}
