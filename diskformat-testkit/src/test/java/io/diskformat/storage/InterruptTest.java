package io.diskformat.storage;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.ImageLockedException;
import io.diskformat.OpenOptions;
import io.diskformat.storage.FileStorage.Sharing;
import io.diskformat.testing.Oracle;
import io.diskformat.testing.RandomContent;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An interrupt is the interrupted thread's own affair. */
final class InterruptTest {
  private static final int BLOCK = 8192;
  private static final int BLOCKS = 64;
  private static final int INTERRUPTS = 1500;

  @TempDir Path directory;

  private Path file() throws IOException {
    return Files.write(directory.resolve("file.img"), new byte[BLOCK * BLOCKS]);
  }

  private static FileStorage open(Path path, boolean nativeCalls) throws IOException {
    @Nullable NativeIo io = nativeCalls ? NativeAccess.get() : null;
    return FileStorage.open(path, true, Sharing.LOCKED, io);
  }

  /** One thing that a thread does over and over. */
  @FunctionalInterface
  private interface Deed {
    void run(int round) throws IOException;
  }

  /** A thread that finds its flag set when it was interrupted, and that never fails otherwise. */
  private final class Worker implements Runnable {
    final Deed deed;
    final AtomicBoolean stop;
    final List<Throwable> failures;
    final AtomicInteger interrupts = new AtomicInteger();
    final AtomicInteger rounds = new AtomicInteger();
    final Thread thread = Thread.ofPlatform().daemon().unstarted(this);

    Worker(Deed deed, AtomicBoolean stop, List<Throwable> failures) {
      this.deed = deed;
      this.stop = stop;
      this.failures = failures;
    }

    @Override
    public void run() {
      try {
        for (int round = 0; !stop.get(); round++) {
          try {
            deed.run(round);
          } catch (InterruptedIOException e) {
            assertTrue(Thread.currentThread().isInterrupted(), "the flag is lost");
          }
          if (Thread.interrupted()) {
            interrupts.incrementAndGet();
          }
          rounds.incrementAndGet();
        }
      } catch (Throwable e) {
        synchronized (failures) {
          failures.add(e);
        }
      }
    }
  }

  /** The JDK's channel has locks of its own, in which two of these could wait for each other. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  @Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
  void whatIsInterruptedWaitsForNothingThatWaitsForIt(boolean nativeCalls) throws Exception {
    AtomicBoolean stop = new AtomicBoolean();
    List<Throwable> failures = new ArrayList<>();
    try (FileStorage storage = open(file(), nativeCalls)) {
      long size = storage.size();
      Worker interrupted =
          new Worker(
              round -> {
                Thread.currentThread().interrupt();
                assertTrue(storage.size() >= size);
              },
              stop,
              failures);
      Worker growing =
          new Worker(
              round -> {
                storage.resize(size + round + 1);
                storage.resize(size);
              },
              stop,
              failures);
      interrupted.thread.start();
      growing.thread.start();
      while (failures.isEmpty()
          && (interrupted.rounds.get() < 2000 || growing.rounds.get() < 2000)) {
        Thread.sleep(1);
      }
      stop.set(true);
      interrupted.thread.join();
      growing.thread.join();
      assertEquals(List.of(), failures);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  @Timeout(value = 120, threadMode = ThreadMode.SEPARATE_THREAD)
  void interruptsOfOneThreadNeverReachAnother(boolean nativeCalls) throws Exception {
    AtomicBoolean stop = new AtomicBoolean();
    List<Throwable> failures = new ArrayList<>();
    try (FileStorage storage = open(file(), nativeCalls)) {
      storage.write(0, MemorySegment.ofArray(RandomContent.of(0, 0, BLOCK * BLOCKS)));
      List<Worker> interrupted =
          List.of(
              new Worker(writerOf(storage, 0), stop, failures),
              new Worker(writerOf(storage, 1), stop, failures),
              new Worker(flusher(storage), stop, failures),
              new Worker(readerOf(storage, 40), stop, failures),
              new Worker(bulkReaderOf(storage, 10), stop, failures),
              new Worker(sizer(storage), stop, failures));
      List<Worker> left =
          List.of(
              new Worker(writerOf(storage, 2), stop, failures),
              new Worker(readerOf(storage, 50), stop, failures),
              new Worker(bulkReaderOf(storage, 24), stop, failures));
      interrupted.forEach(worker -> worker.thread.start());
      left.forEach(worker -> worker.thread.start());
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
      int noticed = 0;
      while (failures.isEmpty() && noticed < INTERRUPTS && System.nanoTime() < deadline) {
        for (Worker worker : interrupted) {
          worker.thread.interrupt();
          // Time to get something done.
          LockSupport.parkNanos(20_000);
        }
        noticed = interrupted.stream().mapToInt(worker -> worker.interrupts.get()).sum();
      }
      stop.set(true);
      for (Worker worker : interrupted) {
        worker.thread.join();
      }
      for (Worker worker : left) {
        worker.thread.join();
      }
      for (Throwable failure : failures) {
        throw new AssertionError(failure);
      }
      assertTrue(noticed >= INTERRUPTS, "only " + noticed + " interrupts in all that time");
      assertTrue(interrupted.stream().allMatch(worker -> worker.interrupts.get() > 0));
      assertTrue(left.stream().allMatch(worker -> worker.interrupts.get() == 0));
      assertTrue(left.stream().allMatch(worker -> worker.rounds.get() > 0));
    }
  }

  /** Writes a block and reads it again. */
  private static Deed writerOf(Storage storage, int block) {
    byte[] found = new byte[BLOCK];
    return round -> {
      byte[] content = RandomContent.of(round, (long) block * BLOCK, BLOCK);
      storage.write((long) block * BLOCK, MemorySegment.ofArray(content));
      storage.read((long) block * BLOCK, MemorySegment.ofArray(found));
      assertArrayEquals(content, found);
    };
  }

  private static Deed readerOf(Storage storage, int block) {
    byte[] content = RandomContent.of(0, (long) block * BLOCK, BLOCK);
    byte[] found = new byte[BLOCK];
    return round -> {
      storage.read((long) block * BLOCK, MemorySegment.ofArray(found));
      assertArrayEquals(content, found);
    };
  }

  /** Reads by system call, as long as the end of the announced region is not reached. */
  private static Deed bulkReaderOf(Storage storage, int block) {
    byte[] content = RandomContent.of(0, (long) block * BLOCK, 12 * BLOCK);
    MemorySegment found = Arena.ofAuto().allocate(content.length);
    return round -> {
      storage.willReadInBulk((long) block * BLOCK, content.length);
      storage.read((long) block * BLOCK, found);
      assertArrayEquals(content, found.toArray(ValueLayout.JAVA_BYTE));
    };
  }

  /** Not each time, as nobody can close the channel while it is under way, which takes a while. */
  private static Deed flusher(Storage storage) {
    return round -> {
      if (round % 50 == 0) {
        storage.flush();
      } else {
        assertTrue(storage.size() >= BLOCK * BLOCKS);
      }
    };
  }

  /** Grows and cuts beyond what the others use. */
  private static Deed sizer(Storage storage) {
    return round -> {
      long end = (long) BLOCK * BLOCKS;
      storage.resize(end + 3 * BLOCK);
      byte[] content = RandomContent.of(round, end, BLOCK);
      storage.write(end + BLOCK, MemorySegment.ofArray(content));
      byte[] found = new byte[BLOCK];
      storage.read(end + BLOCK, MemorySegment.ofArray(found));
      assertArrayEquals(content, found);
      storage.zero(end, 3 * BLOCK, round % 2 == 0);
      assertTrue(storage.nextData(end) >= end);
      storage.reserve(end, 2 * BLOCK);
      storage.resize(end);
      assertEquals(end, storage.size());
    };
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void everythingWorksWithTheFlagSet(boolean nativeCalls) throws IOException {
    Path path = file();
    byte[] content = RandomContent.of(1, 0, BLOCK);
    byte[] found = new byte[BLOCK];
    Thread.currentThread().interrupt();
    try (FileStorage storage = open(path, nativeCalls)) {
      storage.write(0, MemorySegment.ofArray(content));
      storage.read(0, MemorySegment.ofArray(found));
      storage.flush();
      storage.zero(BLOCK, BLOCK, true);
      storage.reserve(0, 2L * BLOCK * BLOCKS);
      assertEquals(2L * BLOCK * BLOCKS, storage.size());
      storage.resize(10L * BLOCK * BLOCKS);
      storage.resize(BLOCK);
      assertTrue(storage.nextData(0) <= BLOCK);
      assertTrue(Thread.currentThread().isInterrupted());
    } finally {
      assertTrue(Thread.interrupted());
    }
    assertArrayEquals(content, found);
    assertArrayEquals(content, Files.readAllBytes(path));
  }

  @Test
  void imagesAreOpenedAndCreatedWithTheFlagSet() throws IOException {
    Path path = directory.resolve("new.img");
    Thread.currentThread().interrupt();
    DiskImages.create(path, io.diskformat.CreateOptions.format("raw").size(BLOCK));
    assertTrue(Thread.interrupted());
    Thread.currentThread().interrupt();
    try (DiskImage disk = DiskImages.open(path, OpenOptions.writable().format("raw"))) {
      disk.write(0, new byte[] {1, 2, 3});
      disk.flush();
    }
    assertTrue(Thread.interrupted());
    assertEquals(2, Files.readAllBytes(path)[1]);
  }

  /** The lock, which belongs to the channel where there are no native calls, must not be lost. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void theLockOutlivesInterrupts(boolean nativeCalls) throws IOException {
    Path path = file();
    try (FileStorage storage = open(path, nativeCalls)) {
      for (int i = 0; i < 3; i++) {
        Thread.currentThread().interrupt();
        storage.write(0, MemorySegment.ofArray(new byte[1]));
        assertTrue(Thread.interrupted());
        assertThrows(ImageLockedException.class, () -> open(path, nativeCalls));
        // Within this process the lock is not needed for that; another one knows only the lock.
        Oracle.Result other = Oracle.qemuIo("-f", "raw", "-c", "write 0 512", path);
        assertTrue(other.error().contains("Failed to get \"write\" lock"), other::toString);
      }
    }
    open(path, nativeCalls).close();
    assertFalse(Thread.interrupted());
  }
}
