package io.diskformat.storage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.diskformat.BlockDevice;
import io.diskformat.CorruptImageException;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.layer.GuestMap;
import io.diskformat.layer.LayeredDevice;
import io.diskformat.layer.Location;
import io.diskformat.storage.FileStorage.Sharing;
import io.diskformat.testing.ChildJvm;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A file cut short under its mapping is an IOException where it is read, in compiled code as
 * elsewhere. No specification says when a fault of mapped memory arrives, so this pins it for the
 * JDK that runs it.
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

    @Override
    public String toString() {
      return inside + " inside, " + outside + " outside, " + never + " never";
    }
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
        arrivals.toString(),
        () -> "the last one: " + arrivals.last);
    assertTrue(arrivals.last.getMessage().contains("cut short"), arrivals.last::toString);
  }

  // The ways to read

  /** A way to read what a storage holds. */
  private enum Way {
    LONG {
      @Override
      Reading of(Storage storage) {
        return storage::readLong;
      }
    },

    BYTE {
      @Override
      Reading of(Storage storage) {
        return blocks(storage, 1);
      }
    },

    BLOCK {
      @Override
      Reading of(Storage storage) {
        return blocks(storage, 4096);
      }
    },

    MANY_BLOCKS {
      @Override
      Reading of(Storage storage) {
        return blocks(storage, 65536);
      }
    },

    RAW_DISK {
      @Override
      Reading of(Storage storage) throws IOException {
        BlockDevice disk = DiskImages.open(storage, OpenOptions.readOnly().format("raw"));
        MemorySegment target = MemorySegment.ofArray(new byte[512]);
        return position -> {
          if (position > disk.size()) {
            throw new IOException("beyond the end");
          }
          disk.read(position, target);
        };
      }
    },

    THROUGH_A_TABLE {
      @Override
      Reading of(Storage storage) {
        LayeredDevice disk =
            new LayeredDevice("disk", 1L << 50, new TableMap(storage), storage, null);
        byte[] target = new byte[16];
        return position -> disk.read(position, target);
      }
    },

    EXTENTS {
      @Override
      Reading of(Storage storage) {
        LayeredDevice disk =
            new LayeredDevice("disk", 1L << 50, new TableMap(storage), storage, null);
        return position -> disk.extents(position, 8).next();
      }
    },

    /** What a fault leads to must not be reported instead of it, and the fault then be late. */
    THROUGH_A_TABLE_THAT_IS_TAKEN_FOR_BROKEN {
      @Override
      Reading of(Storage storage) {
        GuestMap misled = new MisledMap(storage);
        LayeredDevice disk = new LayeredDevice("disk", 1L << 50, misled, storage, null);
        byte[] target = new byte[16];
        return position -> disk.read(position, target);
      }
    };

    abstract Reading of(Storage storage) throws IOException;

    static Reading blocks(Storage storage, int length) {
      MemorySegment target = MemorySegment.ofArray(new byte[length]);
      return position -> storage.read(position < LEFT ? 0 : position, target);
    }
  }

  /**
   * The map of a device that has a table in a file, in which an entry is to be 0: whatever is left
   * in a register of a load that failed may be something else.
   */
  private static class TableMap extends GuestMap {
    final Storage table;

    TableMap(Storage table) {
      super(512, 512);
      this.table = table;
    }

    @Override
    public long locate(long offset) throws IOException {
      long entry = table.readLongUnfenced(offset);
      if (entry != 0) {
        throw new CorruptImageException("image", "table", offset, "has the entry " + entry);
      }
      return Location.of(Location.ZERO);
    }

    @Override
    public void decompress(long location, byte[] target) {
      throw new AssertionError();
    }
  }

  private static final class MisledMap extends TableMap {
    // Made before, as making one would let the fault arrive.
    private static final CorruptImageException BROKEN =
        new CorruptImageException("image", "table", -1, "has entries that make no sense");

    MisledMap(Storage table) {
      super(table);
    }

    @Override
    public long locate(long offset) throws IOException {
      long location = super.locate(offset);
      if (offset >= CUT) {
        throw BROKEN;
      }
      return location;
    }
  }

  @ParameterizedTest
  @EnumSource
  void everyReadTellsOfIt(Way way) throws IOException {
    Path path = file();
    try (Storage storage = FileStorage.open(path, false, Sharing.LOCKED)) {
      assertAllInside(cutUnder(path, way.of(storage)));
    }
  }

  // Compiled afresh, in a JVM that has done nothing else, and in other modes of the JVM

  @ParameterizedTest
  @EnumSource
  void everyReadTellsOfItInAFreshJvm(Way way) throws Exception {
    assertEquals(FAULTS + " inside, 0 outside, 0 never", inAnotherJvm(way.name()));
  }

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
    assertEquals(FAULTS + " inside, 0 outside, 0 never", inAnotherJvm(Way.BLOCK.name(), option));
  }

  /** So that the rest means something. */
  @Test
  void withoutAFenceSomeAreLate(TestReporter reporter) throws Exception {
    String arrivals = inAnotherJvm(UNFENCED);
    reporter.publishEntry("faults without a fence", arrivals);
    assumeFalse(
        arrivals.contains(", 0 outside,"),
        "this JVM delivers faults at once, so the fence is not needed here");
  }

  private String inAnotherJvm(String way, String... options) throws Exception {
    ChildJvm.Result result =
        ChildJvm.of(FaultsTest.class)
            // What is hot is compiled before it goes on.
            .options("-Xbatch")
            .options(options)
            .run(Child.class, file().toString(), way);
    assertEquals(0, result.exitCode(), result::toString);
    return result.output().strip();
  }

  private static final String UNFENCED = "UNFENCED";

  /** What is run in another JVM. */
  static final class Child {
    public static void main(String[] arguments) throws IOException {
      Path path = Path.of(arguments[0]);
      try (Storage storage = FileStorage.open(path, false, Sharing.LOCKED)) {
        storage.readLong(0);
        MemorySegment mapped = storage.mapped();
        Reading reading =
            arguments[1].equals(UNFENCED)
                ? position -> sum += readWithoutFence(mapped, position)
                : Way.valueOf(arguments[1]).of(storage);
        System.out.println(cutUnder(path, reading));
      }
    }

    private static long sum;

    /** As {@link Storage#readLong}, but without the fence. */
    private static long readWithoutFence(MemorySegment mapped, long position) throws IOException {
      try {
        return mapped.get(ValueLayout.JAVA_LONG_UNALIGNED, position);
      } catch (InternalError | IndexOutOfBoundsException e) {
        throw new IOException(e);
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
            .mapToObj(number ->
                new Thread(() -> {
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
      IllegalStateException unchecked = new IllegalStateException();
      assertEquals(
          unchecked,
          assertThrows(
              IllegalStateException.class, () -> Faults.translate(unchecked, storage, "reading")));
      InternalError error = new InternalError("something else");
      assertEquals(
          error,
          assertThrows(InternalError.class, () -> Faults.translate(error, storage, "reading")));
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
