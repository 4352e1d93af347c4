package io.diskformat.testing;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.ImageClosedException;
import io.diskformat.OpenOptions;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Closes images while other threads write them. What a call that returned has written is durable in
 * the file; every other call throws {@link ImageClosedException}.
 */
public final class ClosingBesideWriters {
  private final PagedStorage image;
  private final OpenOptions options;
  private final int unit;
  private final boolean compresses;

  /** A call that is made beside {@code close}. */
  @FunctionalInterface
  private interface Call {
    void on(DiskImage disk) throws IOException;
  }

  /**
   * Prepares closings of copies of an image.
   *
   * @param image an image whose disk has at least eight units, of which the first two are written
   * @param unit how many bytes the format writes at a time, and compresses
   */
  public ClosingBesideWriters(
      PagedStorage image, OpenOptions options, int unit, boolean compresses) {
    this.image = image;
    this.options = options;
    this.unit = unit;
    this.compresses = compresses;
  }

  private Map<String, Call> calls() {
    Map<String, Call> calls = new LinkedHashMap<>();
    calls.put("write in place", disk -> disk.write(0, content(0)));
    calls.put("write", disk -> disk.write(2L * unit, content(2)));
    calls.put("writeZeroes", disk -> disk.writeZeroes(unit, unit));
    calls.put("discard", disk -> disk.discard(unit, unit));
    calls.put("flush", DiskImage::flush);
    calls.put("resize", disk -> disk.resize(disk.size() + 512));
    if (compresses) {
      byte[] content = Arrays.copyOf(content(4), 512);
      MemorySegment whole = MemorySegment.ofArray(Arrays.copyOf(content, unit));
      calls.put("writeCompressed", disk -> disk.writeCompressed(4L * unit, whole));
    }
    return calls;
  }

  private byte[] content(int number) {
    return RandomContent.of(7, (long) number * unit, unit);
  }

  /**
   * Makes each kind of call begin after each of the flushes that closing makes, and lets it go on
   * while the file is being closed.
   *
   * @param changed whether the image was changed before
   * @return how many calls were made
   */
  public int atEachFlush(boolean changed) throws Exception {
    int made = 0;
    for (Map.Entry<String, Call> call : calls().entrySet()) {
      for (int flush = 0; atFlush(call.getKey(), call.getValue(), flush, changed); flush++) {
        made++;
      }
    }
    return made;
  }

  private boolean atFlush(String name, Call call, int flush, boolean changed) throws Exception {
    PagedStorage copy = image.copy(image.name());
    StallingStorage storage = new StallingStorage(copy, null);
    @Nullable Throwable[] end = new Throwable[1];
    List<Thread> callers = new ArrayList<>();
    DiskImage disk = DiskImages.open(storage, options);
    if (changed) {
      disk.write(3L * unit, content(3));
    }
    AtomicInteger flushes = new AtomicInteger();
    Thread closer = Thread.currentThread();
    storage.afterFlush(() -> {
      if (Thread.currentThread() == closer && flushes.getAndIncrement() == flush) {
        Thread caller =
            Thread.ofPlatform()
                .start(() -> {
                  try {
                    call.on(disk);
                  } catch (Throwable e) {
                    end[0] = e;
                  }
                });
        StallingStorage.awaitStuck(caller);
        callers.add(caller);
      }
    });
    storage.beforeRelease(() -> {
      for (Thread caller : callers) {
        awaitEnd(caller);
      }
    });
    disk.close();
    for (Thread caller : callers) {
      caller.join();
    }
    if (callers.isEmpty()) {
      return false;
    }
    Throwable failure = end[0];
    if (failure == null) {
      // Only what was held up until all is over could be in the file.
      assertEquals("flush", name, name + " returned though closing had begun");
    } else {
      assertEquals(ImageClosedException.class, failure.getClass(), () -> name + ": " + failure);
    }
    if (!changed) {
      assertEquals(-1, Arrays.mismatch(bytes(image), bytes(copy)), name + " changed the file");
    } else {
      try (DiskImage again = DiskImages.open(new StallingStorage(copy, null), options)) {
        byte[] found = new byte[unit];
        again.read(3L * unit, found);
        assertArrayEquals(content(3), found, name);
      }
    }
    return true;
  }

  private static byte[] bytes(PagedStorage storage) throws IOException {
    byte[] bytes = new byte[(int) storage.size()];
    storage.read(0, MemorySegment.ofArray(bytes));
    return bytes;
  }

  /** Waits for a thread, unless that waits until closing has ended. */
  private static void awaitEnd(Thread caller) {
    while (caller.getState() != Thread.State.TERMINATED
        && caller.getState() != Thread.State.BLOCKED) {
      LockSupport.parkNanos(20_000);
    }
  }

  /** Makes closings fail: later calls are refused then, too, and closing again does nothing. */
  public void failing() throws Exception {
    for (Map.Entry<String, Call> call : calls().entrySet()) {
      FaultyStorage journal = new FaultyStorage(image.copy(image.name()));
      StallingStorage storage = new StallingStorage(journal, null);
      DiskImage disk = DiskImages.open(storage, options);
      disk.write(3L * unit, content(3));
      journal.failFlushAfter(0);
      List<Thread> callers = new ArrayList<>();
      @Nullable Throwable[] end = new Throwable[1];
      storage.afterFlush(() -> {
        if (!callers.isEmpty()) {
          return;
        }
        Thread caller =
            Thread.ofPlatform()
                .start(() -> {
                  try {
                    call.getValue().on(disk);
                  } catch (Throwable e) {
                    end[0] = e;
                  }
                });
        callers.add(caller);
        StallingStorage.awaitStuck(caller);
      });
      storage.beforeRelease(() -> awaitEnd(callers.getFirst()));
      IOException failure = null;
      try {
        disk.close();
      } catch (IOException e) {
        failure = e;
      }
      for (Thread caller : callers) {
        caller.join();
      }
      assertTrue(failure != null, "closing succeeded though nothing is durable");
      // A flush of another thread may succeed where that of closing failed.
      boolean flushed = call.getKey().equals("flush") && end[0] == null;
      assertTrue(flushed || end[0] instanceof IOException, call.getKey() + ": " + end[0]);
      disk.close();
    }
  }

  /**
   * Runs writers, each with units of its own, beside two threads that close.
   *
   * @return how many writes returned
   */
  public int stress(int rounds) throws Exception {
    int returned = 0;
    for (int round = 0; round < rounds; round++) {
      PagedStorage copy = image.copy(image.name());
      DiskImage disk = DiskImages.open(new StallingStorage(copy, null), options);
      Map<Integer, Integer> written = new ConcurrentHashMap<>();
      List<Throwable> problems = new ArrayList<>();
      CyclicBarrier together = new CyclicBarrier(5);
      List<Thread> threads = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        int number = i;
        threads.add(
            Thread.ofPlatform()
                .start(() -> {
                  try {
                    together.await();
                    if (number < 3) {
                      writeUntilClosed(disk, number, written);
                    } else {
                      spin(ThreadLocalRandom.current().nextInt(200_000));
                      disk.close();
                    }
                  } catch (Throwable e) {
                    synchronized (problems) {
                      problems.add(e);
                    }
                  }
                }));
      }
      for (Thread thread : threads) {
        thread.join();
      }
      assertEquals(List.of(), problems);
      try (DiskImage again = DiskImages.open(new StallingStorage(copy, null), options)) {
        for (Map.Entry<Integer, Integer> entry : new TreeMap<>(written).entrySet()) {
          byte[] found = new byte[512];
          again.read((long) entry.getKey() * unit, found);
          int version = entry.getValue();
          byte[] next = RandomContent.of(version + 1, (long) entry.getKey() * unit, 512);
          // The next one may have got half way when it was refused.
          if (!Arrays.equals(found, next)) {
            assertArrayEquals(
                RandomContent.of(version, (long) entry.getKey() * unit, 512),
                found,
                () -> "round, unit " + entry.getKey() + ", version " + version);
          }
        }
      }
      returned += written.values().stream().mapToInt(version -> version).sum();
    }
    return returned;
  }

  private static void spin(int times) {
    for (int i = 0; i < times; i++) {
      Thread.onSpinWait();
    }
  }

  private void writeUntilClosed(DiskImage disk, int writer, Map<Integer, Integer> written)
      throws IOException {
    try {
      for (int i = 0; ; i++) {
        int number = i % 2 * 3 + writer;
        int version = written.getOrDefault(number, 0) + 1;
        disk.write((long) number * unit, RandomContent.of(version, (long) number * unit, 512));
        written.put(number, version);
      }
    } catch (ImageClosedException e) {
      // A writer ends so.
    }
  }
}
