package io.diskformat.transfer;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.BlockDevice;
import io.diskformat.CreateOptions;
import io.diskformat.DirtyCursor;
import io.diskformat.LimitExceededException;
import io.diskformat.LimitExceededException.Limit;
import io.diskformat.Limits;
import io.diskformat.ProgressListener;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whatever ends an engine early, each worker ends with the window that it has: 2 MiB, which takes a
 * few milliseconds. So that how long it takes depends on no clock, it is measured by the windows
 * that are begun afterwards.
 */
final class EndedWorkTest {
  private static final int MIB = 1 << 20;
  private static final int DISK = 24 * MIB;
  private static final int WINDOW = 2 * MIB;
  private static final int WORKERS = 3;

  /** How much has begun when the end comes. */
  private static final int BEGUN = 5;

  @TempDir private Path directory;
  private SyntheticDevice disk;
  private Manifest manifest;

  /** An engine over a disk, as a caller would run it. */
  @FunctionalInterface
  private interface Engine {
    void run(BlockDevice disk, Limits limits, ProgressListener listener) throws IOException;
  }

  @BeforeEach
  void makeDisk() throws IOException {
    disk = SyntheticDevice.builder().data(DISK, new Random(7)).build();
    Path path = directory.resolve("manifest");
    try (var channel = Files.newByteChannel(path, CREATE, WRITE)) {
      ContentHash.Result _ = ContentHash.sha256().of(disk, channel);
    }
    manifest = Manifest.open(path);
  }

  @AfterEach
  void noWorkerIsLeft() {
    Tests.assertNoWorkers();
  }

  private static DirtyCursor all() {
    AtomicInteger calls = new AtomicInteger();
    return () -> calls.getAndIncrement() == 0 ? new DirtyCursor.Range(0, DISK) : null;
  }

  private Conversion conversion(BlockDevice source, Limits limits, ProgressListener listener) {
    return Conversion.from(source).workers(WORKERS).limits(limits).progress(listener);
  }

  /** All engines, by name. */
  private Map<String, Engine> engines() {
    CreateOptions raw = CreateOptions.format("raw").replaceExisting();
    Path target = directory.resolve("target");
    Map<String, Engine> engines = new LinkedHashMap<>();
    engines.put(
        "conversion", (device, limits, to) -> conversion(device, limits, to).to(target, raw).run());
    engines.put(
        "conversion and hash",
        (device, limits, to) -> {
          var _ = conversion(device, limits, to).to(target, raw).runAndHash(ContentHash.sha256());
        });
    engines.put(
        "conversion of ranges",
        (device, limits, to) -> conversion(device, limits, to).only(all()).to(target, raw).run());
    engines.put(
        "conversion to a channel",
        (device, limits, to) ->
            conversion(device, limits, to)
                .to(Channels.newChannel(new ByteArrayOutputStream()), raw)
                .run());
    engines.put(
        "hash",
        (device, limits, to) -> {
          var _ = ContentHash.sha256().workers(WORKERS).limits(limits).progress(to).of(device);
        });
    engines.put(
        "manifest",
        (device, limits, to) -> {
          var _ =
              ContentHash.sha256()
                  .workers(WORKERS)
                  .limits(limits)
                  .progress(to)
                  .of(device, Channels.newChannel(new ByteArrayOutputStream()));
        });
    engines.put(
        "update of a manifest",
        (device, limits, to) -> {
          var _ =
              ContentHash.sha256()
                  .workers(WORKERS)
                  .limits(limits)
                  .progress(to)
                  .update(
                      manifest, device, all(), Channels.newChannel(new ByteArrayOutputStream()));
        });
    engines.put(
        "plain hash",
        (device, limits, to) -> {
          var _ = PlainHash.sha256().workers(WORKERS).limits(limits).progress(to).of(device);
        });
    engines.put(
        "comparison",
        (device, limits, to) -> {
          var _ = Comparison.of(device, disk).workers(WORKERS).limits(limits).progress(to).run();
        });
    engines.put(
        "differences",
        (device, limits, to) -> {
          var _ =
              Comparison.of(device, disk)
                  .workers(WORKERS)
                  .limits(limits)
                  .progress(to)
                  .differences(1);
        });
    engines.put(
        "verification",
        (device, limits, to) -> {
          var _ =
              Verification.by(manifest).workers(WORKERS).limits(limits).progress(to).run(device);
        });
    return engines;
  }

  /** Counts the windows of a disk that are begun, by all workers together. */
  private static class Counter extends ForwardingDevice {
    private final AtomicInteger begun = new AtomicInteger();
    private final Runnable atBegun;

    /**
     * Creates a counter.
     *
     * @param atBegun run when {@link #BEGUN} windows have begun
     */
    Counter(SyntheticDevice device, Runnable atBegun) {
      super(device);
      this.atBegun = atBegun;
    }

    @Override
    public void read(long offset, MemorySegment target) throws IOException {
      if (offset % WINDOW == 0 && begun.incrementAndGet() == BEGUN) {
        atBegun.run();
      }
      super.read(offset, target);
    }

    @Override
    public String toString() {
      return "counted " + size();
    }
  }

  private void assertEndsSoon(String engine, int begun, int most) throws IOException {
    assertTrue(begun <= most, engine + ": " + begun + " windows were begun");
    assertEquals(List.of(Path.of(manifest.name())), Tests.filesIn(directory), engine);
    assertFalse(disk.closed, engine);
  }

  /** A clock that goes on with the work, and past the deadline when some of it has begun. */
  @Test
  void aDeadlineEndsEachEngine() throws IOException {
    for (Map.Entry<String, Engine> engine : engines().entrySet()) {
      AtomicReference<Instant> now = new AtomicReference<>(Instant.EPOCH);
      Counter counter = new Counter(disk, () -> now.set(Instant.EPOCH.plusSeconds(2)));
      Limits limits = Limits.none().deadline(Instant.EPOCH.plusSeconds(1), now::get);
      LimitExceededException e =
          assertThrows(
              LimitExceededException.class,
              () -> engine.getValue().run(counter, limits, ProgressListener.NONE),
              engine.getKey());
      assertEquals(Limit.DEADLINE, e.limit());
      assertTrue(e.getMessage().startsWith("counted " + DISK + ": "), e.getMessage());
      // Each other worker may have looked at the clock just before.
      assertEndsSoon(engine.getKey(), counter.begun.get(), BEGUN + WORKERS - 1);
    }
  }

  /** Waits, as a worker in the midst of a window, until the job is to end. */
  private static void awaitEnd() {
    try {
      while (true) {
        Crew.checkGoesOn();
        Thread.onSpinWait();
      }
    } catch (IOException e) {
      // It is to end.
    }
  }

  @Test
  void aListenerEndsEachEngine() throws IOException {
    for (Map.Entry<String, Engine> engine : engines().entrySet()) {
      AtomicInteger atCall = new AtomicInteger(-1);
      Counter counter =
          new Counter(disk, () -> {}) {
            @Override
            public void read(long offset, MemorySegment target) throws IOException {
              super.read(offset, target);
              if (atCall.get() >= 0) {
                awaitEnd();
              }
            }
          };
      ProgressListener listener =
          (done, total) -> {
            if (done > 0) {
              // Others that are done with their window may come here, too.
              boolean _ = atCall.compareAndSet(-1, counter.begun.get());
              throw new CancellationException();
            }
          };
      assertThrows(
          CancellationException.class,
          () -> engine.getValue().run(counter, Limits.none(), listener),
          engine.getKey());
      assertEndsSoon(engine.getKey(), counter.begun.get(), atCall.get() + 2 * (WORKERS - 1));
    }
  }

  /** Workers are in the midst of their windows when the interrupt comes, and begin no other. */
  @Test
  void anInterruptEndsEachEngine() throws Exception {
    for (Map.Entry<String, Engine> engine : engines().entrySet()) {
      CountDownLatch begun = new CountDownLatch(1);
      Counter counter =
          new Counter(disk, begun::countDown) {
            @Override
            public void read(long offset, MemorySegment target) throws IOException {
              super.read(offset, target);
              if (begun.getCount() == 0) {
                awaitEnd();
              }
            }
          };
      AtomicReference<Throwable> thrown = new AtomicReference<>();
      Thread caller =
          new Thread(() -> {
            try {
              engine.getValue().run(counter, Limits.none(), ProgressListener.NONE);
            } catch (Throwable e) {
              thrown.set(e);
            }
          });
      caller.start();
      begun.await();
      caller.interrupt();
      caller.join();
      assertInstanceOf(InterruptedIOException.class, thrown.get(), engine.getKey());
      assertEndsSoon(engine.getKey(), counter.begun.get(), BEGUN + WORKERS - 1);
    }
  }

  @Test
  void aDiskThatIsTooLargeIsNotRead() {
    for (Map.Entry<String, Engine> engine : engines().entrySet()) {
      Counter counter = new Counter(disk, () -> {});
      Limits limits = Limits.none().largestDisk(DISK - 1);
      LimitExceededException e =
          assertThrows(
              LimitExceededException.class,
              () -> engine.getValue().run(counter, limits, ProgressListener.NONE),
              engine.getKey());
      assertEquals(Limit.DISK, e.limit());
      assertEquals(0, counter.begun.get());
    }
  }

  /** At one byte in a second, the first window would take weeks. */
  @Test
  void aDeadlineEndsWhoWaitsForTheRate() {
    AtomicInteger looks = new AtomicInteger();
    Limits limits =
        Limits.none()
            .deadline(
                Instant.EPOCH.plusSeconds(9),
                () -> Instant.EPOCH.plusSeconds(looks.getAndIncrement()));
    Conversion slow =
        conversion(disk, limits, ProgressListener.NONE)
            .rate(1)
            .to(directory.resolve("target"), CreateOptions.format("raw"));
    assertEquals(Limit.DEADLINE, assertThrows(LimitExceededException.class, slow::run).limit());
  }
}
