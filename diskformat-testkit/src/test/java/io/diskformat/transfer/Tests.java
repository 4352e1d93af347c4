package io.diskformat.transfer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.diskformat.BlockDevice;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.ProgressListener;
import io.diskformat.storage.MemoryStorage;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.function.Executable;

/** What the tests of the engines share. */
public final class Tests {
  private static final int CHUNK = 1 << 20;

  private Tests() {}

  public static DiskImage openRaw(Path path) throws IOException {
    return DiskImages.open(path, OpenOptions.readOnly().format("raw"));
  }

  public static DiskImage writableRaw(Path path) throws IOException {
    return DiskImages.open(path, OpenOptions.writable().format("raw"));
  }

  public static DiskImage inMemory(byte[] content) throws IOException {
    return DiskImages.open(
        MemoryStorage.of("memory", content), OpenOptions.writable().format("raw"));
  }

  /** Fails unless the device holds what {@code expected} does, and zeroes after that. */
  public static void assertHolds(SyntheticDevice expected, BlockDevice device) throws IOException {
    assertTrue(device.size() >= expected.size(), "size " + device.size());
    for (long at = 0; at < device.size(); at += CHUNK) {
      byte[] found = new byte[(int) Math.min(CHUNK, device.size() - at)];
      device.read(at, found);
      int difference = Arrays.mismatch(expected.expected(at, found.length), found);
      if (difference >= 0) {
        fail("differs at " + (at + difference) + " from " + expected);
      }
    }
  }

  /** Fails if any thread of an engine is still there. */
  public static void assertNoWorkers() {
    for (Thread thread : Thread.getAllStackTraces().keySet()) {
      assertTrue(!thread.getName().startsWith("diskformat-"), thread.getName());
    }
  }

  /**
   * Runs something in a thread of its own, interrupts that once {@code underWay} has come to zero,
   * and checks that it ends as it must.
   */
  static void assertInterruptible(CountDownLatch underWay, Executable something)
      throws InterruptedException {
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    AtomicBoolean flag = new AtomicBoolean();
    Thread caller =
        new Thread(() -> {
          try {
            something.execute();
          } catch (Throwable e) {
            thrown.set(e);
          }
          flag.set(Thread.currentThread().isInterrupted());
        });
    caller.start();
    assertTrue(underWay.await(60, TimeUnit.SECONDS), () -> "not begun: " + thrown);
    caller.interrupt();
    assertTrue(caller.join(Duration.ofSeconds(60)), "still under way");
    assertInstanceOf(InterruptedIOException.class, thrown.get());
    assertTrue(flag.get(), "the interrupt is lost");
  }

  public static List<Path> filesIn(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.toList();
    }
  }

  /** A listener that checks what listeners are promised. */
  static final class CheckingListener implements ProgressListener {
    private final List<Long> calls = new ArrayList<>();
    private Thread inside;
    private long total = -1;

    @Override
    public void progress(long done, long newTotal) {
      assertEquals(null, inside, "called by two at once");
      inside = Thread.currentThread();
      assertTrue(total < 0 || total == newTotal, "total changed");
      total = newTotal;
      assertTrue(calls.isEmpty() || calls.getLast() <= done, "went back to " + done);
      assertTrue(done <= total, "beyond the total: " + done);
      calls.add(done);
      inside = null;
    }

    int calls() {
      return calls.size();
    }

    void assertDone(long expectedTotal) {
      assertEquals(expectedTotal, total);
      assertEquals(expectedTotal, calls.getLast());
    }
  }
}
