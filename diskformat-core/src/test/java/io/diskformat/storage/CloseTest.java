package io.diskformat.storage;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.diskformat.BlockDevice;
import io.diskformat.DiskFormatException;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.ImageClosedException;
import io.diskformat.ImageLockedException;
import io.diskformat.OpenOptions;
import io.diskformat.storage.FileStorage.Sharing;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Closed means closed: nothing of the file stays behind, and nothing works any more. */
final class CloseTest {
  private static final int MIB = 1 << 20;

  @TempDir Path directory;

  private Path file(int size) throws IOException {
    return Files.write(directory.resolve("closing.img"), new byte[size]);
  }

  private static FileStorage open(Path path, boolean writable, boolean nativeCalls)
      throws IOException {
    return FileStorage.open(
        path, writable, Sharing.LOCKED, nativeCalls ? NativeAccess.get() : null);
  }

  private static long mappingsOf(Path path) throws IOException {
    Path maps = Path.of("/proc/self/maps");
    assumeTrue(Files.exists(maps), "no list of mappings here");
    try (Stream<String> lines = Files.lines(maps)) {
      return lines.filter(line -> line.contains(path.getFileName().toString())).count();
    }
  }

  private static long descriptorsOf(Path path) throws IOException {
    Path descriptors = Path.of("/proc/self/fd");
    assumeTrue(Files.exists(descriptors), "no list of descriptors here");
    try (Stream<Path> files = Files.list(descriptors)) {
      return files.filter(descriptor -> leadsTo(descriptor, path)).count();
    }
  }

  private static boolean leadsTo(Path descriptor, Path path) {
    try {
      return Files.readSymbolicLink(descriptor).toString().startsWith(path.toString());
    } catch (IOException e) {
      // Closed since it was listed.
      return false;
    }
  }

  private static void assertNothingLeft(Path path) throws IOException {
    assertEquals(0, mappingsOf(path), "mappings are left");
    assertEquals(0, descriptorsOf(path), "descriptors are left");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void mappingsAndDescriptorsAreReleased(boolean nativeCalls) throws IOException {
    Path path = file(4 * MIB);
    for (boolean writable : new boolean[] {false, true}) {
      FileStorage storage = open(path, writable, nativeCalls);
      storage.read(0, MemorySegment.ofArray(new byte[100]));
      if (writable) {
        // A second mapping beside the first.
        storage.resize(100L * MIB);
        storage.read(90L * MIB, MemorySegment.ofArray(new byte[100]));
        assertEquals(2, mappingsOf(path));
      } else {
        assertEquals(1, mappingsOf(path));
      }
      storage.close();
      assertNothingLeft(path);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void descriptorsAreAsManyAfterAThousandFiles(boolean nativeCalls) throws IOException {
    Path path = file(10_000);
    byte[] target = new byte[10];
    open(path, true, nativeCalls).close();
    for (int i = 0; i < 1000; i++) {
      try (FileStorage storage = open(path, i % 2 == 0, nativeCalls)) {
        storage.read(5, MemorySegment.ofArray(target));
        if (i % 10 == 0) {
          // Whose channel is then opened again.
          Thread.currentThread().interrupt();
          storage.size();
          assertTrue(Thread.interrupted());
        }
      }
    }
    assertNothingLeft(path);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aFailureToOpenLeavesNothing(boolean nativeCalls) throws IOException {
    Path path = file(10_000);
    try (FileStorage writer = open(path, true, nativeCalls)) {
      long descriptors = descriptorsOf(path);
      for (int i = 0; i < 100; i++) {
        assertThrows(ImageLockedException.class, () -> open(path, true, nativeCalls));
      }
      assertEquals(descriptors, descriptorsOf(path));
      assertTrue(writer.isWritable());
    }
    // Nor are the failed ones' locks what the next one meets.
    open(path, true, nativeCalls).close();
    assertNothingLeft(path);
  }

  @Test
  void anImageThatCannotBeOpenedLeavesNothing() throws IOException {
    Path path = directory.resolve("foreign.img");
    Files.writeString(path, "conectix" + "x".repeat(10_000));
    for (OpenOptions options :
        List.of(
            OpenOptions.readOnly(),
            OpenOptions.writable(),
            OpenOptions.readOnly().format("none"))) {
      assertThrows(DiskFormatException.class, () -> DiskImages.open(path, options));
      assertNothingLeft(path);
    }
    DiskImages.open(path, OpenOptions.writable().format("raw")).close();
    DiskImages.probe(path);
    assertNothingLeft(path);
  }

  @Test
  void nothingOfAnImageWorksOnceClosed() throws IOException {
    Path path = file(MIB);
    for (boolean writable : new boolean[] {true, false}) {
      OpenOptions options = writable ? OpenOptions.writable() : OpenOptions.readOnly();
      DiskImage disk = DiskImages.open(path, options.format("raw"));
      disk.read(0, new byte[100]);
      disk.close();
      disk.close();
      assertEquals(MIB, disk.size());
      assertEquals(writable, disk.isWritable());
      List<Executable> calls =
          List.of(
              () -> disk.read(0, new byte[1]),
              () -> disk.read(0, new byte[0]),
              () -> disk.read(0, new byte[MIB]),
              () -> disk.write(0, new byte[1]),
              () -> disk.writeZeroes(0, 1),
              () -> disk.discard(0, 1),
              () -> disk.flush(),
              () -> disk.extents(),
              () -> disk.willRead(0, 1),
              () -> disk.info(),
              () -> disk.resize(512),
              () -> disk.openSnapshot("1"));
      for (Executable call : calls) {
        assertThrows(ImageClosedException.class, call);
      }
    }
  }

  @Test
  void anExtentCursorOutlivesItsDeviceAsAnError() throws IOException {
    BlockDevice disk = DiskImages.open(file(MIB), OpenOptions.readOnly().format("raw"));
    var cursor = disk.extents();
    disk.close();
    assertThrows(ImageClosedException.class, cursor::next);
  }

  @Test
  void aSegmentOfTheMappingOutlivesItAsAnError() throws IOException {
    FileStorage storage = open(file(MIB), false, true);
    storage.read(0, MemorySegment.ofArray(new byte[1]));
    MemorySegment mapped = storage.mapped();
    storage.close();
    assertThrows(IllegalStateException.class, () -> mapped.get(ValueLayout.JAVA_BYTE, 0));
  }

  @Test
  void writableImageIsFlushedByClosing() throws IOException {
    Path path = file(MIB);
    try (DiskImage disk = DiskImages.open(path, OpenOptions.writable().format("raw"))) {
      disk.write(1000, new byte[] {1, 2, 3});
    }
    byte[] found = Files.readAllBytes(path);
    assertArrayEquals(new byte[] {1, 2, 3}, java.util.Arrays.copyOfRange(found, 1000, 1003));
  }

  @Test
  void manyMayCloseAtOnce() throws Exception {
    int threads = 4;
    Path path = file(MIB);
    try (ExecutorService closers = Executors.newFixedThreadPool(threads)) {
      for (int i = 0; i < 100; i++) {
        DiskImage disk = DiskImages.open(path, OpenOptions.writable().format("raw"));
        disk.write(0, new byte[100]);
        CyclicBarrier barrier = new CyclicBarrier(threads);
        Callable<Void> close =
            () -> {
              barrier.await();
              disk.close();
              return null;
            };
        for (Future<Void> end : closers.invokeAll(java.util.Collections.nCopies(threads, close))) {
          end.get();
        }
      }
    }
    assertNothingLeft(path);
  }

  /** Everything at once, and then an end: each call comes back, with an answer or as closed. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void closingBesideEveryOperation(boolean nativeCalls) throws Exception {
    Path path = file(MIB);
    for (int round = 0; round < 12; round++) {
      FileStorage storage = open(path, true, nativeCalls);
      MemorySegment block = MemorySegment.ofArray(new byte[4096]);
      List<Executable> operations =
          List.of(
              () -> storage.read(0, MemorySegment.ofArray(new byte[65536])),
              () -> storage.write(MIB / 2, block),
              () -> storage.zero(0, 8192, true),
              () -> storage.reserve(0, MIB),
              () -> storage.nextData(0),
              () -> storage.willRead(0, MIB),
              storage::flush);
      try (ExecutorService threads = Executors.newFixedThreadPool(operations.size())) {
        CyclicBarrier barrier = new CyclicBarrier(operations.size() + 1);
        List<Future<Throwable>> ends =
            operations.stream()
                .map(operation -> threads.submit(() -> untilClosed(barrier, operation, storage)))
                .toList();
        barrier.await();
        Thread.sleep(5);
        storage.close();
        assertEquals(0, mappingsOf(path));
        for (Future<Throwable> end : ends) {
          Throwable failure = end.get();
          assertEquals(ImageClosedException.class, failure.getClass(), failure::toString);
        }
      }
      assertNothingLeft(path);
    }
    assertFalse(Thread.interrupted());
  }

  private static Throwable untilClosed(CyclicBarrier barrier, Executable operation, Storage storage)
      throws Exception {
    barrier.await();
    while (true) {
      try {
        operation.execute();
        if (storage.isClosed()) {
          // A hint does not fail.
          return new ImageClosedException("");
        }
      } catch (Throwable e) {
        return e;
      }
    }
  }
}
