package io.diskformat.storage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.diskformat.BlockDevice;
import io.diskformat.CorruptImageException;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.spi.GuestMap;
import io.diskformat.spi.LayeredDevice;
import io.diskformat.spi.Location;
import io.diskformat.storage.FileStorage.Sharing;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A file cut short under its mapping is an IOException where it is read, in compiled code as
 * elsewhere. No specification says when a fault of mapped memory arrives, so this pins it for the JDK
 * that runs it.
 */
final class FaultsTest {
  private static final int FAULTS = 1000;
  private static final int PAGE = 4096;
  private static final int LEFT = 16 * PAGE;
  private static final int CUT = 1 << 20;

  /** Enough for the second compiler, many times over. */
  private static final int WARM_UP = 60_000;

  @TempDir Path directory;

  /** Reads something at a position. */
  @FunctionalInterface
  interface Reading {
    void at(long position) throws IOException;
  }

  /** Where faults arrived. */
  private static final class Arrivals {
    int inside;
    int outside;
    int never;
    Throwable last;
  }

  private Path file() throws IOException {
    Path path = directory.resolve("cut.img");
    Files.write(path, new byte[CUT + FAULTS * PAGE + 65536]);
    return path;
  }

  private static void cutShort(Path path) throws IOException {
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
      channel.truncate(LEFT);
    }
  }

  /** Makes a reading hot, cuts the file short, and reads where nothing is left. */
  private static Arrivals cutUnder(Path path, Reading reading) throws IOException {
    for (int i = 0; i < WARM_UP; i++) {
      reading.at(i * 8L % LEFT & -8);
      if (i % 1000 == 0) {
        // The exceptions' way is warm, too.
        assertThrows(IOException.class, () -> reading.at(1L << 40));
      }
    }
    cutShort(path);
    Arrivals arrivals = new Arrivals();
    for (int i = 0; i < FAULTS; i++) {
      count(arrivals, reading, CUT + (long) i * PAGE);
    }
    return arrivals;
  }

  private static void count(Arrivals arrivals, Reading reading, long position) {
    try {
      try {
        reading.at(position);
        arrivals.never++;
      } catch (IOException e) {
        arrivals.inside++;
        arrivals.last = e;
      }
      // What is late has arrived after this.
      Faults.fence();
    } catch (InternalError late) {
      arrivals.outside++;
      arrivals.last = late;
    }
  }

  private static void assertAllInside(Arrivals arrivals) {
    assertEquals(
        FAULTS + " inside, 0 outside, 0 never",
        arrivals.inside + " inside, " + arrivals.outside + " outside, " + arrivals.never + " never",
        () -> "the last one: " + arrivals.last);
    assertTrue(arrivals.last.getMessage().contains("cut short"), arrivals.last::toString);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 512, 4096, 65536})
  void everyReadTellsOfIt(int length) throws IOException {
    Path path = file();
    try (Storage storage = FileStorage.open(path, false, Sharing.LOCKED)) {
      MemorySegment target = MemorySegment.ofArray(new byte[length]);
      assertAllInside(
          cutUnder(
              path,
              position -> storage.read(position < LEFT ? position % PAGE : position, target)));
    }
  }

  @Test
  void everyReadOfALongTellsOfIt() throws IOException {
    Path path = file();
    try (Storage storage = FileStorage.open(path, true, Sharing.LOCKED)) {
      assertAllInside(cutUnder(path, storage::readLong));
    }
  }

  @Test
  void everyReadOfARawDiskTellsOfIt() throws IOException {
    Path path = file();
    try (BlockDevice disk = DiskImages.open(path, OpenOptions.readOnly().format("raw"))) {
      MemorySegment target = MemorySegment.ofArray(new byte[512]);
      Reading reading =
          position -> {
            if (position > disk.size()) {
              throw new IOException("beyond the end");
            }
            disk.read(position, target);
          };
      assertAllInside(cutUnder(path, reading));
    }
  }

  /**
   * The map of a device that has a table in a file, the entry for each 512 bytes being the position
   * of its data: or 0, which it is not to be.
   */
  private static final class TableMap extends GuestMap {
    private final Storage table;

    TableMap(Storage table) {
      super(512, 512);
      this.table = table;
    }

    @Override
    public long locate(long offset) throws IOException {
      long entry = table.readLongUnfenced(offset);
      if (entry != 0) {
        // So says whatever is left in a register of a load that failed, too.
        throw new CorruptImageException("image", "table", offset, "has the entry " + entry);
      }
      return Location.of(Location.ZERO);
    }

    @Override
    public void decompress(long offset, byte[] target) {
      throw new AssertionError();
    }
  }

  @Test
  void everyReadThroughATableTellsOfIt() throws IOException {
    Path path = file();
    try (Storage storage = FileStorage.open(path, false, Sharing.LOCKED)) {
      LayeredDevice disk =
          new LayeredDevice("disk", 1L << 50, new TableMap(storage), storage, null);
      byte[] target = new byte[16];
      assertAllInside(cutUnder(path, position -> disk.read(position, target)));
    }
  }

  @Test
  void everyExtentTellsOfIt() throws IOException {
    Path path = file();
    try (Storage storage = FileStorage.open(path, false, Sharing.LOCKED)) {
      LayeredDevice disk =
          new LayeredDevice("disk", 1L << 50, new TableMap(storage), storage, null);
      assertAllInside(cutUnder(path, position -> disk.extents(position, 8).next()));
    }
  }

  /** A fault that is late must not be lost to a failure that it led to. */
  @Test
  void whatAFaultLeadsToIsToldAsTheFault() throws IOException {
    Path path = file();
    try (Storage storage = FileStorage.open(path, false, Sharing.LOCKED)) {
      GuestMap misled =
          new GuestMap(512, 512) {
            @Override
            public long locate(long offset) throws IOException {
              long entry = storage.readLongUnfenced(offset);
              if (offset >= CUT) {
                throw new CorruptImageException("image", "table", offset, "entry " + entry);
              }
              return Location.of(Location.ZERO);
            }

            @Override
            public void decompress(long offset, byte[] target) {}
          };
      LayeredDevice disk = new LayeredDevice("disk", 1L << 50, misled, storage, null);
      byte[] target = new byte[16];
      Arrivals arrivals = cutUnder(path, position -> disk.read(position, target));
      assertAllInside(arrivals);
    }
  }

  // Whether the fence is of any use

  /** As {@link Storage#readLong}, but without the fence. */
  private static long readWithoutFence(MemorySegment mapped, long position) throws IOException {
    try {
      return mapped.get(java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED, position);
    } catch (InternalError | IndexOutOfBoundsException e) {
      throw new IOException(e);
    }
  }

  private static long sum;

  @Test
  void withoutAFenceSomeAreLate(TestReporter reporter) throws IOException {
    Path path = file();
    try (FileChannel channel = FileChannel.open(path);
        Arena arena = Arena.ofShared()) {
      MemorySegment mapped = channel.map(MapMode.READ_ONLY, 0, channel.size(), arena);
      Arrivals arrivals = cutUnder(path, position -> sum += readWithoutFence(mapped, position));
      assertEquals(FAULTS, arrivals.inside + arrivals.outside + arrivals.never);
      reporter.publishEntry("faults late without a fence", arrivals.outside + " of " + FAULTS);
      assumeTrue(
          arrivals.outside > 0, "this JVM delivers faults at once, so the fence is not needed here");
    }
  }

  // In other modes of the JVM

  @ParameterizedTest
  @ValueSource(
      strings = {
        "-Xint",
        "-XX:TieredStopAtLevel=1",
        "-XX:-TieredCompilation",
        "-XX:+UseZGC",
        "-XX:-Inline"
      })
  void everyReadTellsOfItHoweverTheJvmRuns(String option) throws Exception {
    Path path = file();
    ChildJvm.Result result =
        ChildJvm.of(FaultsTest.class).options(option).run(Child.class, path.toString());
    assertEquals(0, result.exitCode(), result::toString);
    assertEquals(List.of(FAULTS + " inside"), result.output().lines().toList(), result::toString);
  }

  /** What is run in another JVM. */
  static final class Child {
    public static void main(String[] arguments) throws IOException {
      Path path = Path.of(arguments[0]);
      MemorySegment target = MemorySegment.ofArray(new byte[4096]);
      try (Storage storage = FileStorage.open(path, false, Sharing.LOCKED)) {
        Arrivals arrivals =
            cutUnder(
                path,
                position -> {
                  sum += storage.readLong(position);
                  storage.read(position < LEFT ? position % PAGE : position, target);
                });
        assertAllInside(arrivals);
        System.out.println(arrivals.inside + " inside");
      }
    }
  }

  // What it costs

  @Test
  void fenceCostsNextToNothing(TestReporter reporter) throws InterruptedException {
    long alone = picosecondsPerFence(1);
    long beside = picosecondsPerFence(2);
    reporter.publishEntry("picoseconds per fence", alone + ", with two threads " + beside);
    // Generous, as the machine may be busy; a store that threads share, or a pause, costs far more.
    assertTrue(alone < 20_000, () -> alone + " ps");
    assertTrue(beside < 40_000, () -> beside + " ps");
  }

  /** Returns the least of many short measurements, for the slowest of the threads. */
  private static long picosecondsPerFence(int threads) throws InterruptedException {
    int fences = 100_000;
    long[] best = new long[threads];
    List<Thread> all =
        java.util.stream.IntStream.range(0, threads)
            .mapToObj(
                number ->
                    new Thread(
                        () -> {
                          best[number] = Long.MAX_VALUE;
                          for (int i = 0; i < 100; i++) {
                            long start = System.nanoTime();
                            for (int j = 0; j < fences; j++) {
                              Faults.fence();
                            }
                            long nanos = System.nanoTime() - start;
                            best[number] = Math.min(best[number], nanos * 1000 / fences);
                          }
                        }))
            .toList();
    all.forEach(Thread::start);
    for (Thread thread : all) {
      thread.join(TimeUnit.SECONDS.toMillis(60));
    }
    return java.util.Arrays.stream(best).max().orElseThrow();
  }

  // What is no fault

  @Test
  void otherFailuresStayWhatTheyAre() throws IOException {
    try (MemoryStorage storage = new MemoryStorage("memory")) {
      IOException checked = new IOException();
      assertEquals(checked, Faults.translate(checked, storage, "reading"));
      IllegalStateException unchecked = new IllegalStateException();
      assertEquals(
          unchecked,
          assertThrows(
              IllegalStateException.class, () -> Faults.translate(unchecked, storage, "reading")));
      InternalError error = new InternalError("something else");
      assertEquals(
          error,
          assertThrows(
              InternalError.class, () -> Faults.translate(error, storage, "reading")));
      IOException fault =
          Faults.translate(
              new InternalError("a fault occurred in an unsafe memory access operation"),
              storage,
              "reading at 5");
      assertTrue(fault.getMessage().startsWith("memory: reading at 5: "), fault.getMessage());
      assertInstanceOf(InternalError.class, fault.getCause());
    }
  }
}
