package io.diskformat.storage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import io.diskformat.storage.FileStorage.Sharing;
import io.diskformat.testing.RandomContent;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A sparse file of a tmpfs, of which nothing is mapped, as reading its holes would fill them. */
final class SparseFileInMemoryTest extends StorageContract {
  private static final Path TMPFS = Path.of("/dev/shm");
  private static final int MIB = 1 << 20;
  private final List<Path> files = new ArrayList<>();

  @Override
  Storage empty() throws IOException {
    assumeTrue(NativeAccess.get() != null, "no native calls here");
    assumeTrue(
        Files.isDirectory(TMPFS) && Files.getFileStore(TMPFS).type().equals("tmpfs"),
        "no tmpfs here");
    Path path = Files.createTempFile(TMPFS, "sparse", ".img");
    files.add(path);
    Storage file = FileStorage.open(path, true, Sharing.LOCKED);
    file.resize(MIB);
    file.read(0, MemorySegment.ofArray(new byte[1]));
    file.resize(0);
    return file;
  }

  @Override
  boolean knowsHoles() {
    return true;
  }

  @Override
  boolean hasLargestSize() {
    return false;
  }

  @AfterEach
  void delete() throws IOException {
    for (Path path : files) {
      Files.delete(path);
    }
  }

  @Test
  void readingFillsNoHole() throws IOException {
    storage.resize(16L * MIB);
    storage.write(5L * MIB, MemorySegment.ofArray(RandomContent.of(1, 5L * MIB, 4096)));
    storage.read(0, MemorySegment.ofArray(new byte[16 * MIB]));
    for (long at = 0; at < 16L * MIB; at += 4096) {
      storage.readLong(at);
    }
    assertEquals(4096, storage.allocatedSize().orElseThrow());
    assertEquals(0, storage.mapped().byteSize());
  }

  @Test
  void aLookupMakesNoObject() throws IOException {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    storage.resize(16L * MIB);
    long allocated = 0;
    long sum = 0;
    for (int round = 0; round < 5; round++) {
      long before = threads.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < 100_000; i++) {
        sum += storage.readLongUnfenced(i * 8L & MIB - 1);
      }
      allocated = threads.getCurrentThreadAllocatedBytes() - before;
    }
    assertEquals(0, sum);
    assertTrue(allocated < 10_000, allocated + " bytes");
  }

  /** Somebody else cuts the file short: what is kept of it may be found, and nothing else. */
  @Test
  void cutShortUnderneathIsEof() throws IOException {
    storage.resize(MIB);
    Path path = files.getFirst();
    try (java.nio.channels.FileChannel other =
        java.nio.channels.FileChannel.open(path, java.nio.file.StandardOpenOption.WRITE)) {
      other.truncate(1000);
    }
    EOFException e = assertThrows(EOFException.class, () -> storage.readLong(4096));
    assertTrue(e.getMessage().startsWith(path + ": "), e.getMessage());
    assertThrows(EOFException.class, () -> storage.read(500, MemorySegment.ofArray(new byte[501])));
  }
}
