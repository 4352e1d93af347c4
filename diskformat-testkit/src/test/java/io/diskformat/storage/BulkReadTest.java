package io.diskformat.storage;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.diskformat.ImageClosedException;
import io.diskformat.storage.FileStorage.Sharing;
import io.diskformat.testing.RandomContent;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What was announced, and is read for the first time, is read by system calls. */
final class BulkReadTest {
  private static final int REGION = 2 << 20;
  private static final int SIZE = 3 * REGION;
  private static final Path COUNTERS = Path.of("/proc/self/io");

  @TempDir private Path directory;
  private final byte[] content = RandomContent.of(1, 0, SIZE);
  private final MemorySegment target = Arena.ofAuto().allocate(SIZE, 4096);

  /** Whether the kernel counts what is read by calls, and says what is in the page cache. */
  @BeforeEach
  void assumeThatAllCanBeSeen() throws IOException {
    assumeTrue(Files.isReadable(COUNTERS));
    Path path = Files.write(directory.resolve("probe"), content);
    NativeIo io = NativeAccess.get();
    assumeTrue(io != null);
    try (NativeFile file = NativeFile.open(io, path, "probe", false)) {
      assumeTrue(file.seemsCached(0, SIZE));
    }
  }

  private FileStorage open() throws IOException {
    Path path = Files.write(directory.resolve("file.img"), content);
    FileStorage storage = FileStorage.open(path, false, Sharing.LOCKED);
    // Maps it.
    storage.read(0, MemorySegment.ofArray(new byte[1]));
    return storage;
  }

  /** Returns how many bytes this process has read by system calls. */
  private static long bytesByCalls() throws IOException {
    for (String line : Files.readAllLines(COUNTERS)) {
      if (line.startsWith("rchar: ")) {
        return Long.parseLong(line.substring("rchar: ".length()));
      }
    }
    throw new AssertionError(COUNTERS + " counts no bytes");
  }

  private boolean isReadByCalls(FileStorage storage, long position, int length) throws IOException {
    return isReadByCalls(storage, position, target.asSlice(position, length));
  }

  private boolean isReadByCalls(FileStorage storage, long position, MemorySegment into)
      throws IOException {
    long before = bytesByCalls();
    storage.read(position, into);
    int length = (int) into.byteSize();
    assertEquals(
        -1,
        MemorySegment.ofArray(content).asSlice(position, length).mismatch(into),
        () -> "the first of " + length + " bytes at " + position + " that is wrong");
    // What the counters' own file has is far less than that.
    return bytesByCalls() - before >= length;
  }

  @Test
  void onlyLargeFirstReadsOfWhatWasAnnouncedAreDoneByCalls() throws IOException {
    try (FileStorage storage = open()) {
      assertEquals(false, isReadByCalls(storage, 0, 1 << 20), "not announced");
      storage.willReadInBulk(0, REGION + 1);
      assertEquals(false, isReadByCalls(storage, 1, (64 << 10) - 1), "small");
      assertEquals(true, isReadByCalls(storage, 3, 64 << 10), "announced");
      assertEquals(true, isReadByCalls(storage, 64 << 10, REGION - (64 << 10)), "to the end");
      assertEquals(false, isReadByCalls(storage, 64 << 10, 1 << 20), "again");
      assertEquals(true, isReadByCalls(storage, REGION, 1 << 20), "the next region");
      assertEquals(false, isReadByCalls(storage, 2 * REGION, REGION), "not announced");
    }
  }

  @Test
  void allKindsOfMemoryAreFilled() throws IOException {
    try (FileStorage storage = open()) {
      storage.willReadInBulk(0, SIZE);
      for (MemorySegment into :
          List.of(
              MemorySegment.ofArray(new byte[1_000_001]).asSlice(1),
              MemorySegment.ofArray(new long[100_000]),
              target.asSlice(7, 600_000))) {
        assertTrue(isReadByCalls(storage, 5, into));
      }
    }
  }

  /** Or its channel would be closed under all others. */
  @Test
  void whoIsInterruptedReadsThroughTheMapping() throws IOException {
    try (FileStorage storage = open()) {
      storage.willReadInBulk(0, SIZE);
      long before = bytesByCalls();
      Thread.currentThread().interrupt();
      storage.read(0, target);
      assertTrue(Thread.interrupted());
      assertTrue(bytesByCalls() - before < SIZE / 2);
      assertArrayEquals(content, target.toArray(ValueLayout.JAVA_BYTE));
      assertTrue(isReadByCalls(storage, 0, SIZE));
    }
  }

  @Test
  void aFileThatWasCutShortIsTheSameErrorAsInTheMapping() throws IOException {
    String[] messages = new String[2];
    for (int i = 0; i < 2; i++) {
      try (FileStorage storage = open()) {
        if (i > 0) {
          storage.willReadInBulk(0, SIZE);
        }
        try (FileChannel channel =
            FileChannel.open(storage.path().orElseThrow(), StandardOpenOption.WRITE)) {
          channel.truncate(REGION);
        }
        messages[i] = assertThrows(IOException.class, () -> storage.read(0, target)).getMessage();
      }
    }
    assertEquals(messages[0], messages[1]);
    assertTrue(messages[0].contains("cut short"), messages[0]);
  }

  @Test
  void whatIsClosedIsNotRead() throws IOException {
    FileStorage storage = open();
    storage.willReadInBulk(0, SIZE);
    storage.close();
    assertThrows(ImageClosedException.class, () -> storage.read(0, target));
    storage.willReadInBulk(0, SIZE);
  }
}
