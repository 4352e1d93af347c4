package io.diskformat.qcow2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.diskformat.BlockDevice;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.ExtentCursor;
import io.diskformat.ImageClosedException;
import io.diskformat.OpenOptions;
import io.diskformat.ReferencePolicy;
import io.diskformat.testing.DiskContent;
import io.diskformat.testing.Oracle;
import io.diskformat.testing.QemuIo;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Many threads, and images that go away under them. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ConcurrencyTest {
  private static final int READERS = 4;
  private static final long SIZE = 6 << 20;
  private static final OpenOptions OPTIONS =
      OpenOptions.readOnly().references(ReferencePolicy.sameDirectory());

  @TempDir private Path directory;
  private final ExecutorService executor = Executors.newCachedThreadPool();

  /** Where an image's data is. */
  enum Layout {
    PLAIN("cluster_size=4k", false),
    COMPRESSED("cluster_size=64k", true),
    ZSTD("cluster_size=4k,compression_type=zstd", true),
    EXTERNAL("cluster_size=4k,data_file=image.data", false);

    private final String options;
    private final boolean compressed;

    Layout(String options, boolean compressed) {
      this.options = options;
      this.compressed = compressed;
    }
  }

  @AfterEach
  void stop() {
    executor.shutdownNow();
  }

  /** Makes an overlay, of which half is in its backing file, and the truth about it. */
  private Path make(Layout layout) throws IOException {
    SourceFiles sourceFiles = new SourceFiles(new Random(1));
    Path _ = sourceFiles.sparse(directory.resolve("base.raw"), SIZE - 1000);
    Path image = directory.resolve("image.qcow2");
    Oracle qemuImg = Oracle.of("qemu-img").in(directory);
    qemuImg
        .run(
            "create",
            "-q",
            "-f",
            "qcow2",
            "-b",
            "base.raw",
            "-F",
            "raw",
            "-o",
            layout.options,
            "image.qcow2",
            SIZE)
        .orFail();
    QemuIo script = QemuIo.on(image, "qcow2");
    for (int i = 0; i < 12; i++) {
      long offset = i * (SIZE / 12) & -65536;
      Path source = sourceFiles.data(directory.resolve("source" + i), SIZE / 24 & -65536);
      if (layout.compressed && i % 4 != 0) {
        script.writeCompressed(source, offset, SIZE / 24 & -65536);
      } else {
        script.write(source, offset, SIZE / 24 & -65536);
      }
    }
    script.run().orFail();
    qemuImg.run("convert", "-O", "raw", "image.qcow2", "truth").orFail();
    return image;
  }

  private DiskContent truth() throws IOException {
    return DiskContent.of(directory.resolve("truth"));
  }

  private static void readRandomly(BlockDevice device, DiskContent truth, Random random)
      throws IOException {
    long offset = random.nextLong(truth.size());
    long most = Math.min(truth.size() - offset, random.nextInt(20) == 0 ? 300_000 : 10_000);
    truth.checkRange(device, offset, random.nextLong(most + 1), random.nextBoolean());
  }

  private static <T> void join(List<Future<T>> futures) throws Exception {
    for (Future<T> future : futures) {
      try {
        future.get(60, TimeUnit.SECONDS);
      } catch (ExecutionException e) {
        if (e.getCause() instanceof AssertionError error) {
          throw error;
        }
        throw new AssertionError(e.getCause());
      } catch (TimeoutException e) {
        fail("a reader never ended");
      }
    }
  }

  private List<Future<Void>> readers(Callable<Void> reader) {
    List<Future<Void>> futures = new ArrayList<>();
    for (int i = 0; i < READERS; i++) {
      futures.add(executor.submit(reader));
    }
    return futures;
  }

  @ParameterizedTest
  @EnumSource
  void readersAgreeWithTheTruth(Layout layout) throws Exception {
    Path path = make(layout);
    try (DiskImage image = DiskImages.open(path, OPTIONS);
        DiskContent truth = truth()) {
      AtomicInteger seeds = new AtomicInteger();
      join(
          readers(() -> {
            Random random = new Random(seeds.incrementAndGet());
            for (int i = 0; i < 3000; i++) {
              readRandomly(image, truth, random);
            }
            return null;
          }));
    }
  }

  // Closing

  @ParameterizedTest
  @EnumSource
  void closingUnderReadersEndsThem(Layout layout) throws Exception {
    Path path = make(layout);
    try (DiskContent truth = truth()) {
      for (int round = 0; round < 60; round++) {
        closeUnderReaders(DiskImages.open(path, OPTIONS), truth, round);
      }
    }
  }

  private void closeUnderReaders(DiskImage image, DiskContent truth, int round) throws Exception {
    AtomicInteger seeds = new AtomicInteger(round);
    CountDownLatch reading = new CountDownLatch(READERS);
    List<Future<Void>> readers =
        readers(() -> {
          Random random = new Random(seeds.incrementAndGet());
          for (int i = 0; ; i++) {
            try {
              if (i % 10 == 9) {
                ExtentCursor cursor = image.extents();
                for (int e = 0; e < 20 && cursor.next() != null; e++) {}
              }
              readRandomly(image, truth, random);
            } catch (ImageClosedException e) {
              return null;
            } finally {
              reading.countDown();
            }
          }
        });
    reading.await();
    Thread.sleep(round % 5);
    image.close();
    join(readers);
    assertThrows(ImageClosedException.class, () -> image.read(0, new byte[1]));
  }

  @Test
  void afterCloseNothingWorks() throws IOException {
    Path path = make(Layout.PLAIN);
    Oracle.qemuImg("snapshot", "-c", "s", path).orFail();
    DiskImage image = DiskImages.open(path, OPTIONS);
    BlockDevice snapshot = image.openSnapshot("s");
    ExtentCursor cursor = image.extents();
    assertNotNull(cursor.next());
    snapshot.read(0, new byte[10]);
    image.close();
    image.close();
    assertEquals(SIZE, image.size());
    assertFalse(image.isWritable());
    assertThrows(ImageClosedException.class, () -> image.read(0, new byte[10]));
    assertThrows(ImageClosedException.class, () -> image.read(0, new byte[0]));
    assertThrows(ImageClosedException.class, image::extents);
    // What it has looked up already may still be returned.
    assertThrows(
        ImageClosedException.class,
        () -> {
          while (cursor.next() != null) {}
        });
    assertThrows(ImageClosedException.class, image::info);
    assertThrows(ImageClosedException.class, image::flush);
    assertThrows(ImageClosedException.class, () -> image.willRead(0, 10));
    assertThrows(ImageClosedException.class, () -> image.openSnapshot("s"));
    assertThrows(ImageClosedException.class, () -> snapshot.read(0, new byte[10]));
    assertThrows(ImageClosedException.class, () -> snapshot.extents().next());
  }

  @Test
  void aSnapshotThatIsClosedLeavesItsImageOpen() throws IOException {
    Path path = make(Layout.PLAIN);
    Oracle.qemuImg("snapshot", "-c", "s", path).orFail();
    try (DiskImage image = DiskImages.open(path, OPTIONS)) {
      BlockDevice snapshot = image.openSnapshot("s");
      snapshot.close();
      assertThrows(ImageClosedException.class, () -> snapshot.read(0, new byte[10]));
      image.read(0, new byte[10]);
      image.openSnapshot("s").read(0, new byte[10]);
    }
  }

  /** The image's tables are in one file, and its data in another that is still open then. */
  @Test
  void aSnapshotWhoseImageIsHalfClosedIsClosed() throws Exception {
    Files.write(directory.resolve("data"), new byte[1 << 20]);
    ByteBuffer bytes = ByteBuffer.allocate(7 * 4096);
    bytes.put(0, new HandmadeImage().dataFile("data").withData().bytes());
    // Its one snapshot has the L1 table that the disk has.
    bytes.putInt(60, 1).putLong(64, 6 * 4096);
    bytes.putLong(6 * 4096, 3 * 4096).putInt(6 * 4096 + 8, 1).putShort(6 * 4096 + 14, (short) 1);
    bytes.put(6 * 4096 + 40, (byte) 's');
    Path path = Files.write(directory.resolve("image.qcow2"), bytes.array());
    SlowlyClosingStorage storage = new SlowlyClosingStorage(path);
    DiskImage image = DiskImages.open(storage, OPTIONS);
    BlockDevice snapshot = image.openSnapshot("s");
    Future<Void> closing =
        executor.submit(() -> {
          image.close();
          return null;
        });
    storage.unmapped.await();
    try {
      assertThrows(ImageClosedException.class, () -> snapshot.read(0, new byte[10]));
      assertThrows(ImageClosedException.class, () -> snapshot.extents().next());
    } finally {
      storage.mayEnd.countDown();
    }
    join(List.of(closing));
  }

  // A file that is cut short

  @ParameterizedTest
  @EnumSource
  void aFileThatIsCutShortUnderReadersIsAnIoException(Layout layout) throws Exception {
    Path path = make(layout);
    try (DiskImage image = DiskImages.open(path, OPTIONS);
        DiskContent truth = truth()) {
      CountDownLatch reading = new CountDownLatch(READERS);
      List<Future<Void>> readers =
          readers(() -> {
            Random random = new Random();
            for (int failed = 0; failed < 200; ) {
              try {
                readRandomly(image, truth, random);
              } catch (IOException e) {
                assertNotNull(e.getMessage());
                failed++;
              } finally {
                reading.countDown();
              }
            }
            return null;
          });
      reading.await();
      try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
        channel.truncate(1000);
      }
      join(readers);
      assertThrows(IOException.class, () -> image.read(0, new byte[4096]));
    }
  }

  // Interrupts

  @ParameterizedTest
  @EnumSource
  void interruptedReadersReadRightAndHarmNobody(Layout layout) throws Exception {
    Path path = make(layout);
    try (DiskImage image = DiskImages.open(path, OPTIONS);
        DiskContent truth = truth()) {
      AtomicInteger seeds = new AtomicInteger();
      List<Future<Void>> readers =
          readers(() -> {
            int seed = seeds.incrementAndGet();
            Random random = new Random(seed);
            for (int i = 0; i < 2000; i++) {
              if (seed % 2 == 0) {
                Thread.currentThread().interrupt();
                readRandomly(image, truth, random);
                assertTrue(Thread.interrupted(), "the flag is kept");
              } else {
                readRandomly(image, truth, random);
              }
            }
            return null;
          });
      join(readers);
    }
  }

  @Test
  void readersThatAreInterruptedInBetween() throws Exception {
    Path path = make(Layout.COMPRESSED);
    try (DiskImage image = DiskImages.open(path, OPTIONS);
        DiskContent truth = truth()) {
      List<Thread> threads = new ArrayList<>();
      List<Throwable> problems = java.util.Collections.synchronizedList(new ArrayList<>());
      for (int t = 0; t < READERS; t++) {
        Random random = new Random(t);
        threads.add(
            Thread.ofPlatform()
                .start(() -> {
                  try {
                    for (int i = 0; i < 3000; i++) {
                      readRandomly(image, truth, random);
                    }
                  } catch (Throwable e) {
                    problems.add(e);
                  }
                }));
      }
      while (threads.getFirst().isAlive()) {
        threads.forEach(Thread::interrupt);
        Thread.sleep(0, 200_000);
      }
      for (Thread thread : threads) {
        thread.join(Duration.ofSeconds(60));
        assertFalse(thread.isAlive());
      }
      assertEquals(List.of(), problems);
    }
  }

  @ParameterizedTest
  @EnumSource
  void openingWhileInterrupted(Layout layout) throws Exception {
    Path path = make(layout);
    try (DiskContent truth = truth()) {
      Thread.currentThread().interrupt();
      try (DiskImage image = DiskImages.open(path, OPTIONS)) {
        assertTrue(Thread.currentThread().isInterrupted());
        image.info();
        truth.checkRange(image, 0, SIZE, true);
      } catch (InterruptedIOException e) {
        // That is allowed, too.
      } finally {
        assertTrue(Thread.interrupted(), "the flag is kept");
      }
    }
  }
}
