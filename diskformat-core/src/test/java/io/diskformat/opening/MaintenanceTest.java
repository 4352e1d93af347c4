package io.diskformat.opening;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.CheckReport;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.ImageClosedException;
import io.diskformat.ImageInfo;
import io.diskformat.ImageLockedException;
import io.diskformat.ImageMaintenance;
import io.diskformat.LimitExceededException;
import io.diskformat.Limits;
import io.diskformat.MissingData;
import io.diskformat.OpenOptions;
import io.diskformat.ProgressListener;
import io.diskformat.ReferencePolicy;
import io.diskformat.Repair;
import io.diskformat.RepairReport;
import io.diskformat.UnrecognizedFormatException;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.storage.MemoryStorage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** What core sees to while an image is looked after, whatever its format. */
final class MaintenanceTest {
  @TempDir private Path directory;

  /** Does nothing, and notes what it was asked for. */
  private static final class Fake implements ImageMaintenance {
    final List<String> asked = new ArrayList<>();

    @Override
    public ImageInfo info() {
      throw new AssertionError("nobody asks");
    }

    @Override
    public CheckReport check(ProgressListener listener, Consumer<CheckReport.Problem> problems) {
      asked.add("check");
      return new CheckReport.Builder().build();
    }

    @Override
    public RepairReport repair(Repair repair) throws IOException {
      asked.add("repair");
      return new RepairReport(0, 0, check());
    }

    @Override
    public void compact(ProgressListener listener) throws IOException {
      asked.add("compact");
      listener.progress(1, 1);
    }

    @Override
    public List<MissingData> commit(ProgressListener listener) {
      asked.add("commit");
      return List.of();
    }

    @Override
    public void empty() {
      asked.add("empty");
      throw new InternalError("a fault occurred in an unsafe memory access operation");
    }

    @Override
    public void close() {
      asked.add("close");
    }
  }

  private static GuardedMaintenance guarded(Fake fake, boolean writable) {
    return guarded(fake, writable ? OpenOptions.writable() : OpenOptions.readOnly());
  }

  private static GuardedMaintenance guarded(Fake fake, OpenOptions options) {
    return new GuardedMaintenance(MemoryStorage.of("x", new byte[512]), options, fake);
  }

  @Test
  void whatIsUnderWayEndsAtTheDeadline() throws IOException {
    Fake fake = new Fake();
    AtomicInteger seconds = new AtomicInteger();
    InstantSource clock = () -> Instant.ofEpochSecond(seconds.incrementAndGet());
    Limits limits = Limits.none().deadline(Instant.ofEpochSecond(3), clock);
    try (GuardedMaintenance image = guarded(fake, OpenOptions.writable().limits(limits))) {
      List<Long> done = new ArrayList<>();
      // It begins at 1, reports at 2, begins again at 3, and reports too late.
      image.compact((some, all) -> done.add(some));
      LimitExceededException late =
          assertThrows(
              LimitExceededException.class, () -> image.compact((some, all) -> done.add(some)));
      assertEquals(LimitExceededException.Limit.DEADLINE, late.limit());
      assertEquals(List.of(1L), done);
      assertThrows(LimitExceededException.class, image::check);
      assertEquals(List.of("compact", "compact"), fake.asked);
    }
  }

  private static List<Executable> changes(ImageMaintenance image) {
    return List.of(
        () -> image.repair(Repair.ALL),
        () -> image.compact(ProgressListener.NONE),
        () -> image.commit(ProgressListener.NONE),
        image::empty);
  }

  @Test
  void takesNoBackingDevice() throws IOException {
    Path image = Files.write(directory.resolve("x.raw"), new byte[512]);
    try (DiskImage device = DiskImages.open(image, OpenOptions.readOnly().format("raw"))) {
      OpenOptions options = OpenOptions.writable().format("raw").backing(device);
      MemoryStorage storage = new MemoryStorage("memory");
      IllegalArgumentException refused =
          assertThrows(IllegalArgumentException.class, () -> DiskImages.maintain(storage, options));
      assertTrue(refused.getMessage().startsWith("memory: "), refused.getMessage());
      assertThrows(ImageClosedException.class, storage::size);
    }
  }

  @Test
  void whatWasOpenedForReadingIsCheckedAndNotChanged() throws IOException {
    Fake fake = new Fake();
    ImageMaintenance image = guarded(fake, false);
    for (Executable change : changes(image)) {
      var e = assertThrows(UnsupportedOperationException.class, change);
      assertTrue(e.getMessage().startsWith("x: opened for reading"), e.getMessage());
    }
    assertEquals(List.of(), fake.asked);
    assertTrue(image.check().isClean());
    assertEquals(List.of("check"), fake.asked);
  }

  @Test
  void onceClosedItDoesNothing() throws IOException {
    Fake fake = new Fake();
    ImageMaintenance image = guarded(fake, true);
    image.close();
    image.close();
    List<Executable> all = new ArrayList<>(changes(image));
    all.add(image::check);
    all.add(image::info);
    for (Executable operation : all) {
      assertThrows(ImageClosedException.class, operation);
    }
    assertEquals(List.of("close", "close"), fake.asked);
  }

  @Test
  void aFaultOfMappedMemoryIsAFailureToRead() {
    IOException e = assertThrows(IOException.class, guarded(new Fake(), true)::empty);
    assertTrue(e.getMessage().startsWith("x: "), e.getMessage());
  }

  /** Two threads; the second one comes while the first is at work, and is seen to have waited. */
  @Test
  void oneOperationAtATime() throws Exception {
    AtomicInteger atWork = new AtomicInteger();
    AtomicBoolean both = new AtomicBoolean();
    CountDownLatch second = new CountDownLatch(1);
    ImageMaintenance image = guarded(new Fake(), true);
    Thread[] threads = new Thread[2];
    for (int i = 0; i < threads.length; i++) {
      threads[i] =
          new Thread(() -> {
            try {
              image.compact((_, _) -> {
                if (atWork.incrementAndGet() > 1) {
                  both.set(true);
                }
                second.countDown();
                try {
                  Thread.sleep(50);
                } catch (InterruptedException e) {
                  throw new AssertionError(e);
                }
                atWork.decrementAndGet();
              });
            } catch (IOException e) {
              throw new AssertionError(e);
            }
          });
      threads[i].start();
    }
    second.await();
    for (Thread thread : threads) {
      thread.join();
    }
    assertFalse(both.get());
    assertEquals(0, atWork.get());
  }

  @Test
  void closingWaitsForNothing() throws Exception {
    Fake fake = new Fake();
    ImageMaintenance image = guarded(fake, true);
    image.compact((_, _) -> {
      Thread closing =
          new Thread(() -> {
            try {
              image.close();
            } catch (IOException e) {
              throw new AssertionError(e);
            }
          });
      closing.start();
      try {
        closing.join();
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    });
    assertEquals(List.of("compact", "close"), fake.asked);
    assertThrows(ImageClosedException.class, image::check);
  }

  @Test
  void itsFileIsLockedAsTheOptionsSay() throws IOException {
    Files.write(directory.resolve("base.img"), new byte[512]);
    Path file = ChainedFormat.write(directory.resolve("x.img"), "base.img", "raw");
    OpenOptions reading = OpenOptions.readOnly().references(ReferencePolicy.sameDirectory());
    OpenOptions writing = OpenOptions.writable().references(ReferencePolicy.sameDirectory());
    try (ImageMaintenance one = DiskImages.maintain(file, reading);
        ImageMaintenance other = DiskImages.maintain(file, reading)) {
      DiskImages.open(file, reading).close();
      assertEquals(one.info().format(), other.info().format());
      assertThrows(ImageLockedException.class, () -> DiskImages.maintain(file, writing));
    }
    try (ImageMaintenance alone = DiskImages.maintain(file, writing)) {
      assertEquals("chained", alone.info().format());
      assertThrows(ImageLockedException.class, () -> DiskImages.open(file, reading));
      assertThrows(ImageLockedException.class, () -> DiskImages.maintain(file, reading));
      DiskImages.maintain(file, reading.shared()).close();
    }
    DiskImages.open(file, writing).close();
  }

  /** Nothing can be done to it, so that it comes to no harm by being taken for raw. */
  @Test
  void whatBearsNoMarkIsRefusedAsRaw() throws IOException {
    Path file = Files.write(directory.resolve("x.img"), new byte[512]);
    for (OpenOptions options : List.of(OpenOptions.readOnly(), OpenOptions.writable())) {
      try (ImageMaintenance image = DiskImages.maintain(file, options)) {
        assertEquals("raw", image.info().format());
        var e = assertThrows(UnsupportedFeatureException.class, image::check);
        assertEquals(file + ": not supported: checking an image of format raw", e.getMessage());
      }
    }
    assertThrows(
        UnrecognizedFormatException.class,
        () -> DiskImages.maintain(file, OpenOptions.readOnly().format("none")));
    DiskImages.open(file, OpenOptions.writable().format("raw")).close();
  }
}
