package io.diskformat.transfer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.BlockDevice;
import io.diskformat.CreateOptions;
import io.diskformat.DiskImage;
import io.diskformat.ProgressListener;
import io.diskformat.UnrecognizedFormatException;
import io.diskformat.testing.Oracle;
import io.diskformat.transfer.SyntheticDevice.Range;
import io.diskformat.transfer.Tests.CheckingListener;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ConversionTest {
  private static final int MIB = 1 << 20;
  private static final CreateOptions RAW = CreateOptions.format("raw");
  private static final List<Integer> SPARSE =
      List.of(0, 512, 4096, 12288, 65536, 3 * MIB, 16 * MIB);

  @TempDir Path directory;

  @AfterEach
  void noWorkerIsLeft() {
    Tests.assertNoWorkers();
  }

  private Path target() {
    return directory.resolve("target.raw");
  }

  // What is copied

  @Property(tries = 30, shrinking = ShrinkingMode.OFF)
  void newImageHoldsWhatTheSourceHolds(@ForAll long seed) throws IOException {
    Random random = new Random(seed);
    SyntheticDevice source = SyntheticDevice.random(random);
    Path scratch = Files.createTempDirectory("conversion");
    Path target = scratch.resolve("target.raw");
    CheckingListener listener = new CheckingListener();
    Conversion.from(source)
        .to(target, RAW)
        .workers(1 + random.nextInt(4))
        .sparse(SPARSE.get(random.nextInt(SPARSE.size())))
        .progress(listener)
        .run();
    listener.assertDone(source.size());
    try (DiskImage image = Tests.openRaw(target)) {
      assertEquals(source.size() + 511 & -512, image.size());
      Tests.assertHolds(source, image);
    }
    assertEquals(List.of(target), Tests.filesIn(scratch));
    Files.delete(target);
    Files.delete(scratch);
  }

  @Property(tries = 30, shrinking = ShrinkingMode.OFF)
  void existingDiskIsWrittenOver(@ForAll long seed) throws IOException {
    Random random = new Random(seed);
    SyntheticDevice source = SyntheticDevice.random(random);
    int rest = random.nextInt(3) * 5000;
    byte[] old = new byte[Math.toIntExact(source.size() + rest + 511 & -512)];
    random.nextBytes(old);
    try (DiskImage target = Tests.inMemory(old)) {
      Conversion.from(source)
          .into(target)
          .workers(1 + random.nextInt(4))
          .sparse(SPARSE.get(random.nextInt(SPARSE.size())))
          .run();
      byte[] found = new byte[old.length];
      target.read(0, found);
      byte[] expected = source.expected(0, old.length);
      int size = (int) source.size();
      System.arraycopy(old, size, expected, size, old.length - size);
      assertArrayEquals(expected, found, () -> "of " + source);
    }
  }

  @ParameterizedTest
  @ValueSource(
      ints = {0, 1, 511, 512, 513, 4095, 4097, 2 * MIB - 1, 2 * MIB, 2 * MIB + 1, 5 * MIB + 777})
  void anySize(int size) throws IOException {
    SyntheticDevice source = SyntheticDevice.builder().data(size, new Random(size)).build();
    CheckingListener listener = new CheckingListener();
    Conversion.from(source).to(target(), RAW).progress(listener).run();
    listener.assertDone(size);
    try (DiskImage image = Tests.openRaw(target())) {
      assertEquals(size + 511 & -512, image.size());
      Tests.assertHolds(source, image);
    }
  }

  @Test
  void zeroesTakeNoSpace() throws IOException {
    byte[] bytes = new byte[8 * MIB];
    Arrays.fill(bytes, 3 * MIB, 4 * MIB, (byte) 1);
    SyntheticDevice source = SyntheticDevice.ofData(bytes);
    Conversion.from(source).to(target(), RAW).run();
    try (DiskImage image = Tests.openRaw(target())) {
      Tests.assertHolds(source, image);
      assertAbout(MIB, image.info().allocatedSize().orElseThrow());
    }
  }

  @Test
  void zeroesTakeSpaceIfAskedFor() throws IOException {
    SyntheticDevice source =
        SyntheticDevice.builder().hole(5 * MIB).data(new byte[3 * MIB + 5]).build();
    Conversion.from(source).to(target(), RAW).sparse(0).run();
    try (DiskImage image = Tests.openRaw(target())) {
      Tests.assertHolds(source, image);
      assertTrue(image.info().allocatedSize().orElseThrow() >= 8 * MIB);
    }
  }

  @Test
  void runsOfZeroesAreTakenForWhatTheyAreFromTheLengthOn() throws IOException {
    byte[] bytes = new byte[4 * MIB];
    Arrays.fill(bytes, (byte) 7);
    Arrays.fill(bytes, MIB, MIB + 64 * 1024, (byte) 0);
    Path fine = directory.resolve("fine.raw");
    Path coarse = directory.resolve("coarse.raw");
    Conversion.from(SyntheticDevice.ofData(bytes)).to(fine, RAW).sparse(64 * 1024).run();
    Conversion.from(SyntheticDevice.ofData(bytes)).to(coarse, RAW).sparse(128 * 1024).run();
    assertAbout(4 * MIB - 64 * 1024, allocated(fine));
    assertAbout(4 * MIB, allocated(coarse));
  }

  /** The host needs some space for its own purposes. */
  private static void assertAbout(long expected, long found) {
    assertTrue(Math.abs(found - expected) <= 32 << 10, expected + " and not " + found);
  }

  private static long allocated(Path path) throws IOException {
    try (DiskImage image = Tests.openRaw(path)) {
      return image.info().allocatedSize().orElseThrow();
    }
  }

  @Test
  void hugeDiskIsAsQuickAsItsData() throws IOException {
    Random random = new Random(1);
    SyntheticDevice source =
        SyntheticDevice.builder()
            .data(MIB, random)
            .hole(6L << 40)
            .data(MIB + 1, random)
            .zeroes(1L << 40)
            .build();
    CheckingListener listener = new CheckingListener();
    assertTimeoutPreemptively(
        Duration.ofSeconds(20),
        () -> Conversion.from(source).to(target(), RAW).progress(listener).run());
    listener.assertDone(source.size());
    try (DiskImage image = Tests.openRaw(target())) {
      byte[] found = new byte[MIB + 2];
      long second = MIB + (6L << 40);
      image.read(second - 1, found);
      assertArrayEquals(source.expected(second - 1, found.length), found);
    }
  }

  @Test
  void sizeOfTheOptionsIsOfNoMatter() throws IOException {
    SyntheticDevice source = SyntheticDevice.ofData(new byte[4096]);
    Conversion.from(source).to(target(), RAW.size(1 << 30)).run();
    assertEquals(4096, Files.size(target()));
  }

  @Test
  void optionsReachTheFormat() throws IOException {
    SyntheticDevice source = SyntheticDevice.builder().hole(MIB).build();
    Conversion.from(source).to(target(), RAW.option("preallocation", "full")).run();
    assertTrue(allocated(target()) >= MIB);
    Conversion wrong = Conversion.from(source).to(directory.resolve("x"), RAW.option("a", "b"));
    assertThrows(IllegalArgumentException.class, wrong::run);
    assertEquals(List.of(target()), Tests.filesIn(directory));
  }

  @Test
  void canBeRunAgain() throws IOException {
    SyntheticDevice source = SyntheticDevice.builder().data(MIB, new Random(2)).build();
    Conversion conversion = Conversion.from(source).to(target(), RAW.replaceExisting());
    conversion.run();
    conversion.run();
    try (DiskImage image = Tests.openRaw(target())) {
      Tests.assertHolds(source, image);
    }
  }

  // How the source is read

  @Test
  void whatIsCompressedAsOneIsReadAsOne() throws IOException {
    Random random = new Random(3);
    SyntheticDevice.Builder builder = SyntheticDevice.builder();
    for (int i = 0; i < 20; i++) {
      byte[] unit = new byte[2 * MIB];
      random.nextBytes(unit);
      builder.compressed(unit);
    }
    SyntheticDevice source = builder.build();
    Conversion.from(source).to(target(), RAW).workers(4).run();
    Set<Long> units = new HashSet<>();
    for (Range read : source.reads) {
      for (long unit = read.offset() / (2 * MIB); unit * 2 * MIB < read.end(); unit++) {
        assertTrue(units.add(unit), () -> "read in parts: " + read);
      }
    }
  }

  @Test
  void readsAreAnnouncedAndExtentsNotWalkedFarAhead() throws IOException {
    Random random = new Random(4);
    SyntheticDevice.Builder builder = SyntheticDevice.builder();
    for (int i = 0; i < 400; i++) {
      builder.data(40_000, random).hole(25_536);
    }
    SyntheticDevice[] self = new SyntheticDevice[1];
    AtomicInteger checked = new AtomicInteger();
    self[0] =
        builder
            .build()
            .with((offset, length) -> {
              assertTrue(self[0].announcements.contains(new Range(offset, length)));
              assertTrue(self[0].extentsUpTo.get() - offset <= 12 * MIB);
              checked.incrementAndGet();
            });
    Conversion.from(self[0]).to(target(), RAW).workers(1).run();
    assertEquals(400, checked.get());
  }

  // What goes wrong

  @ParameterizedTest
  @ValueSource(ints = {1, 4})
  void failedReadLeavesNothing(int workers) throws IOException {
    IOException failure = new IOException("made up");
    SyntheticDevice source =
        SyntheticDevice.builder()
            .data(50 * MIB, new Random(5))
            .build()
            .with((offset, length) -> {
              if (offset >= 20 * MIB) {
                throw failure;
              }
            });
    Conversion conversion = Conversion.from(source).to(target(), RAW).workers(workers);
    assertSame(failure, assertThrows(IOException.class, conversion::run));
    assertEquals(List.of(), Tests.filesIn(directory));
    assertFalse(source.closed);
  }

  @Test
  void firstFailureStopsTheOthersAndIsTold() throws IOException {
    CountDownLatch allAreReading = new CountDownLatch(4);
    CompletableFuture<Thread> firstToFail = new CompletableFuture<>();
    IOException first = new IOException("first");
    SyntheticDevice source =
        SyntheticDevice.builder()
            .data(60 * MIB, new Random(6))
            .build()
            .with((offset, length) -> {
              allAreReading.countDown();
              await(allAreReading);
              if (offset == 4 * MIB) {
                firstToFail.complete(Thread.currentThread());
                throw first;
              }
              join(firstToFail.join());
              throw new IOException("later");
            });
    Conversion conversion = Conversion.from(source).to(target(), RAW).workers(4);
    assertSame(first, assertThrows(IOException.class, conversion::run));
    assertEquals(3, first.getSuppressed().length);
    assertEquals(List.of(), Tests.filesIn(directory));
  }

  @Test
  void uncheckedFailureIsThrownAsItIs() throws IOException {
    IllegalStateException failure = new IllegalStateException("listener");
    ProgressListener listener =
        (done, total) -> {
          throw failure;
        };
    SyntheticDevice source = SyntheticDevice.builder().data(5 * MIB, new Random(7)).build();
    Conversion conversion = Conversion.from(source).to(target(), RAW).progress(listener);
    assertSame(failure, assertThrows(IllegalStateException.class, conversion::run));
    assertEquals(List.of(), Tests.filesIn(directory));
  }

  @Test
  void failedWriteIsTold() throws IOException {
    IOException full = new IOException("no space left");
    SyntheticDevice source = SyntheticDevice.builder().data(9 * MIB, new Random(8)).build();
    try (FailingTarget target = new FailingTarget(Tests.inMemory(new byte[9 * MIB]), full)) {
      Conversion conversion = Conversion.from(source).into(target);
      assertSame(full, assertThrows(IOException.class, conversion::run));
      assertFalse(target.flushed);
    }
  }

  @Test
  void existingFileIsLeftAlone() throws IOException {
    Files.writeString(target(), "precious");
    SyntheticDevice source = SyntheticDevice.ofData(new byte[512]);
    Conversion conversion = Conversion.from(source).to(target(), RAW);
    assertThrows(FileAlreadyExistsException.class, conversion::run);
    assertEquals("precious", Files.readString(target()));
    assertEquals(List.of(), List.copyOf(source.reads));
  }

  @Test
  void existingFileIsReplacedOnlyByAWholeOne() throws IOException {
    Files.writeString(target(), "precious");
    SyntheticDevice good = SyntheticDevice.builder().data(3 * MIB, new Random(9)).build();
    SyntheticDevice bad =
        good.with((offset, length) -> {
          throw new IOException("made up");
        });
    CreateOptions options = RAW.replaceExisting();
    assertThrows(IOException.class, Conversion.from(bad).to(target(), options)::run);
    assertEquals("precious", Files.readString(target()));
    Conversion.from(good).to(target(), options).run();
    try (DiskImage image = Tests.openRaw(target())) {
      Tests.assertHolds(good, image);
    }
    assertEquals(List.of(target()), Tests.filesIn(directory));
  }

  @Test
  void wrongUseIsRefused() throws IOException {
    SyntheticDevice source = SyntheticDevice.ofData(new byte[1024]);
    Conversion conversion = Conversion.from(source);
    assertThrows(IllegalStateException.class, conversion::run);
    assertThrows(IllegalArgumentException.class, () -> conversion.workers(0));
    assertThrows(IllegalArgumentException.class, () -> conversion.sparse(-512));
    assertThrows(IllegalArgumentException.class, () -> conversion.sparse(1000));
    assertThrows(IllegalArgumentException.class, () -> conversion.sparse(16 * MIB + 512));
    assertThrows(IllegalArgumentException.class, () -> conversion.into(source));
    try (DiskImage image = Tests.inMemory(new byte[512])) {
      assertThrows(IllegalArgumentException.class, () -> conversion.into(image));
      assertThrows(IllegalArgumentException.class, () -> Conversion.from(image).into(image));
    }
    Conversion unknown = conversion.to(target(), CreateOptions.format("nonesuch"));
    assertThrows(UnrecognizedFormatException.class, unknown::run);
    assertEquals(List.of(), Tests.filesIn(directory));
  }

  // Interrupts

  @Test
  void interruptEndsItAndLeavesNothing() throws Exception {
    CountDownLatch underWay = new CountDownLatch(2);
    SyntheticDevice source =
        SyntheticDevice.builder()
            .data(100 * MIB, new Random(10))
            .build()
            .with((offset, length) -> {
              underWay.countDown();
              pause(50);
            });
    Conversion conversion = Conversion.from(source).to(target(), RAW).workers(2);
    Tests.assertInterruptible(underWay, conversion::run);
    assertFalse(source.closed);
    assertEquals(List.of(), Tests.filesIn(directory));
    assertTrue(source.reads.size() < 50, "reads " + source.reads.size());
  }

  @Test
  void interruptDoesNotCloseTheFilesOfTheSource() throws Exception {
    Path path = Files.write(directory.resolve("source.raw"), new byte[MIB]);
    try (DiskImage source = Tests.openRaw(path)) {
      Conversion conversion = Conversion.from(source).to(target(), RAW);
      Thread.currentThread().interrupt();
      assertThrows(InterruptedIOException.class, conversion::run);
      assertTrue(Thread.interrupted());
      source.read(0, new byte[MIB]);
      conversion.run();
      assertEquals(MIB, Files.size(target()));
    }
  }

  // Against the reference

  @Test
  void copyOfAFileIsWhatTheReferenceMakesOfIt() throws IOException {
    Random random = new Random(11);
    Path path = directory.resolve("source.raw");
    // It always allocates the first block, so there is data there.
    SyntheticDevice.Builder content = SyntheticDevice.builder().data(8192, random);
    for (int i = 0; i < 8; i++) {
      content.random(random);
    }
    Conversion.from(content.build()).to(path, RAW).sparse(512).run();
    Path theirs = directory.resolve("theirs.raw");
    Oracle.qemuImg("convert", "-f", "raw", "-O", "raw", path, theirs).orFail();
    try (DiskImage source = Tests.openRaw(path)) {
      Conversion.from(source).to(target(), RAW).run();
    }
    Oracle.qemuImg("compare", "-f", "raw", "-F", "raw", path, target()).orFail();
    Oracle.qemuImg("compare", "-s", "-f", "raw", "-F", "raw", theirs, target()).orFail();
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      throw new AssertionError("an interrupt reached a worker", e);
    }
  }

  private static void pause(long milliseconds) {
    try {
      Thread.sleep(milliseconds);
    } catch (InterruptedException e) {
      throw new AssertionError("an interrupt reached a worker", e);
    }
  }

  /** Takes a few writes, and then no more. */
  private static final class FailingTarget extends ForwardingDevice {
    private final AtomicInteger left = new AtomicInteger(2);
    private final IOException failure;
    volatile boolean flushed;

    FailingTarget(BlockDevice device, IOException failure) {
      super(device);
      this.failure = failure;
    }

    @Override
    public void write(long offset, java.lang.foreign.MemorySegment source) throws IOException {
      if (left.decrementAndGet() < 0) {
        throw failure;
      }
      super.write(offset, source);
    }

    @Override
    public void flush() throws IOException {
      flushed = true;
      super.flush();
    }
  }
}
