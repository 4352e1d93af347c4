package io.diskformat.storage;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.diskformat.ImageClosedException;
import io.diskformat.testing.RandomContent;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What every storage does alike. */
abstract class StorageContract {
  private static final long MIB = 1 << 20;

  /** Opened anew for each test, and closed after it. */
  Storage storage;

  /** Returns a storage that is empty and writable. */
  abstract Storage empty() throws IOException;

  /** Returns whether the storage knows its holes, and so gives space back. */
  abstract boolean knowsHoles();

  /** Returns whether there are sizes that the storage has no room for, though a hole takes none. */
  boolean hasLargestSize() {
    return true;
  }

  @BeforeEach
  final void open() throws IOException {
    storage = empty();
  }

  @AfterEach
  final void close() throws IOException {
    storage.close();
  }

  // Help

  private static byte[] content(int length) {
    return RandomContent.of(1, 0, length);
  }

  private void write(long position, byte... bytes) throws IOException {
    storage.write(position, MemorySegment.ofArray(bytes));
  }

  private byte[] read(long position, int length) throws IOException {
    byte[] bytes = new byte[length];
    // Whatever is not set shows.
    Arrays.fill(bytes, (byte) 0x55);
    storage.read(position, MemorySegment.ofArray(bytes));
    return bytes;
  }

  /** Returns all, each time in parts of another length, and so through every path of a read. */
  private byte[] readAll() throws IOException {
    int size = Math.toIntExact(storage.size());
    byte[] whole = read(0, size);
    for (int part : new int[] {1, 7, 4096, 100_000}) {
      for (int at = 0; at < size && at < 50 * part; at += part) {
        int length = Math.min(part, size - at);
        assertArrayEquals(Arrays.copyOfRange(whole, at, at + length), read(at, length));
      }
    }
    return whole;
  }

  // Reading and writing

  @Test
  final void beginsEmpty() throws IOException {
    assertEquals(0, storage.size());
    assertTrue(storage.isWritable());
    assertThrows(EOFException.class, () -> read(0, 1));
    assertThrows(EOFException.class, () -> storage.readLong(0));
    assertArrayEquals(new byte[0], read(0, 0));
    assertEquals(0, storage.nextData(0));
    assertEquals(0, storage.nextHole(0));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 511, 512, 4095, 4096, 4097, 65536, 1_000_000, 3_000_001})
  final void readsWhatWasWritten(int length) throws IOException {
    byte[] content = content(length);
    write(0, content);
    assertEquals(length, storage.size());
    assertArrayEquals(content, readAll());
  }

  @Test
  final void readsWhatWasWrittenAnywhere() throws IOException {
    Random random = new Random(1);
    byte[] model = new byte[300_000];
    storage.resize(model.length);
    for (int i = 0; i < 200; i++) {
      int length = random.nextInt(20_000);
      int at = random.nextInt(model.length - length);
      byte[] bytes = RandomContent.of(i, at, length);
      System.arraycopy(bytes, 0, model, at, length);
      write(at, bytes);
      assertArrayEquals(bytes, read(at, length));
    }
    assertArrayEquals(model, readAll());
  }

  @Test
  final void writeBeyondEndGrowsByZeroes() throws IOException {
    write(0, (byte) 1);
    write(100_000, (byte) 2);
    byte[] expected = new byte[100_001];
    expected[0] = 1;
    expected[100_000] = 2;
    assertEquals(100_001, storage.size());
    assertArrayEquals(expected, readAll());
  }

  @Test
  final void everyKindOfSegmentIsReadAndWritten() throws IOException {
    // Mapped and not, as reads of the two go different ways.
    for (long position : new long[] {0, 16}) {
      long[] longs = {0x0102030405060708L, -1};
      storage.write(position, MemorySegment.ofArray(longs));
      long[] back = new long[2];
      storage.read(position, MemorySegment.ofArray(back));
      assertArrayEquals(longs, back);
    }
    byte[] bytes = content(4000);
    storage.write(100, MemorySegment.ofArray(bytes).asReadOnly());
    try (java.lang.foreign.Arena arena = java.lang.foreign.Arena.ofConfined()) {
      MemorySegment confined = arena.allocate(4000);
      storage.read(100, confined);
      assertEquals(-1, confined.mismatch(MemorySegment.ofArray(bytes)));
      storage.write(5000, confined.asReadOnly());
    }
    assertArrayEquals(bytes, read(5000, 4000));
  }

  @Test
  final void sourceIsNotChangedNorKept() throws IOException {
    byte[] bytes = content(5000);
    write(0, bytes);
    assertArrayEquals(content(5000), bytes);
    Arrays.fill(bytes, (byte) 0);
    assertArrayEquals(content(5000), read(0, 5000));
  }

  @Test
  final void longsAreBigEndianAndUnaligned() throws IOException {
    write(0, new byte[] {9, 1, 2, 3, 4, 5, 6, 7, (byte) 0x88, 9});
    assertEquals(0x0102030405060788L, storage.readLong(1));
    assertEquals(0x0203040506078809L, storage.readLong(2));
    assertThrows(EOFException.class, () -> storage.readLong(3));
    write(20, content(8));
    assertEquals(1, storage.readLong(20));
  }

  @Test
  final void readBeyondEndIsEof() throws IOException {
    write(0, content(1000));
    for (int i = 0; i < 2; i++) {
      EOFException e = assertThrows(EOFException.class, () -> read(999, 2));
      assertTrue(e.getMessage().startsWith(storage.name()), e.getMessage());
      assertThrows(EOFException.class, () -> read(1000, 1));
      assertThrows(EOFException.class, () -> read(1L << 40, 1));
      assertThrows(EOFException.class, () -> storage.readLong(993));
      // And once part of it is mapped.
      read(0, 1000);
      write(1000, (byte) 1);
      storage.resize(1000);
    }
  }

  @Test
  final void wrongArgumentsAreRefused() throws IOException {
    write(0, content(1000));
    read(0, 1);
    byte[] one = new byte[1];
    for (long position : new long[] {-1, Long.MIN_VALUE, Long.MAX_VALUE}) {
      List<Executable> calls =
          List.of(
              () -> read(position, 1),
              () -> read(position, 100_000),
              () -> storage.readLong(position),
              () -> write(position, one),
              () -> storage.zero(position, 1, false),
              () -> storage.zero(position, 1, true),
              () -> storage.reserve(position, 1));
      for (Executable call : calls) {
        assertThrows(IndexOutOfBoundsException.class, call);
      }
    }
    assertThrows(IndexOutOfBoundsException.class, () -> storage.zero(0, -1, true));
    assertThrows(IndexOutOfBoundsException.class, () -> storage.zero(1, Long.MAX_VALUE, true));
    assertThrows(IndexOutOfBoundsException.class, () -> storage.reserve(0, -1));
    assertThrows(IndexOutOfBoundsException.class, () -> storage.reserve(1, Long.MAX_VALUE));
    assertThrows(IndexOutOfBoundsException.class, () -> storage.resize(-1));
    assertThrows(IndexOutOfBoundsException.class, () -> storage.nextData(-1));
    assertThrows(IndexOutOfBoundsException.class, () -> storage.nextHole(-1));
    assertArrayEquals(content(1000), readAll());
  }

  @Test
  final void whatNoHostHoldsIsAnIoException() throws IOException {
    assumeTrue(hasLargestSize(), "this storage takes any size");
    write(0, content(1000));
    long huge = 1L << 60;
    assertThrows(IOException.class, () -> write(huge, new byte[10]));
    assertThrows(IOException.class, () -> storage.resize(huge));
    assertThrows(IOException.class, () -> storage.reserve(0, huge));
    assertThrows(IOException.class, () -> storage.reserve(huge, 1));
    assertEquals(1000, storage.size());
    assertArrayEquals(content(1000), readAll());
  }

  @Test
  final void nothingIsNoChange() throws IOException {
    write(0, content(100));
    write(1000, new byte[0]);
    write(50, new byte[0]);
    storage.zero(0, 0, true);
    storage.zero(50, 0, false);
    storage.zero(1000, 0, false);
    storage.reserve(1000, 0);
    storage.reserve(0, 0);
    assertArrayEquals(content(100), readAll());
    assertArrayEquals(new byte[0], read(100, 0));
  }

  // Zeroing, reserving, resizing

  @Test
  final void zeroesAnyRange() throws IOException {
    int size = 200_000;
    byte[] model = content(size);
    write(0, model);
    Random random = new Random(2);
    for (int i = 0; i < 60; i++) {
      int length = random.nextInt(i < 30 ? 100 : 20_000);
      int at = random.nextInt(size - length);
      storage.zero(at, length, random.nextBoolean());
      Arrays.fill(model, at, at + length, (byte) 0);
      assertArrayEquals(model, read(0, size));
    }
    assertEquals(size, storage.size());
    assertArrayEquals(model, readAll());
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  final void zeroingEndsAtTheEnd(boolean giveBack) throws IOException {
    write(0, content(10_000));
    storage.zero(9_000, MIB, giveBack);
    storage.zero(20_000, MIB, giveBack);
    assertEquals(10_000, storage.size());
    byte[] expected = Arrays.copyOf(content(9_000), 10_000);
    assertArrayEquals(expected, readAll());
  }

  @Test
  final void zeroedRangeIsWrittenAgain() throws IOException {
    write(0, content(100_000));
    storage.zero(0, 100_000, true);
    write(50_000, (byte) 7);
    byte[] expected = new byte[100_000];
    expected[50_000] = 7;
    assertArrayEquals(expected, readAll());
  }

  @Test
  final void reservingKeepsWhatThereIs() throws IOException {
    write(0, content(5_000));
    storage.reserve(0, 3_000);
    assertEquals(5_000, storage.size());
    storage.reserve(4_000, 100_000);
    assertEquals(104_000, storage.size());
    assertArrayEquals(Arrays.copyOf(content(5_000), 104_000), readAll());
    storage.reserve(200_000, 100_000);
    assertEquals(300_000, storage.size());
    assertArrayEquals(Arrays.copyOf(content(5_000), 300_000), readAll());
  }

  @Test
  final void resizesBothWays() throws IOException {
    write(0, content(10_000));
    storage.resize(3_333);
    assertEquals(3_333, storage.size());
    assertArrayEquals(content(3_333), readAll());
    // What was cut off does not come back.
    storage.resize(20_000);
    assertArrayEquals(Arrays.copyOf(content(3_333), 20_000), readAll());
    storage.resize(20_000);
    assertEquals(20_000, storage.size());
    storage.resize(0);
    assertEquals(0, storage.size());
    assertThrows(EOFException.class, () -> read(0, 1));
    storage.resize(100);
    assertArrayEquals(new byte[100], readAll());
  }

  @Test
  final void resizingCutsAlsoWhatIsMapped() throws IOException {
    write(0, content(100_000));
    readAll();
    storage.resize(50_000);
    assertThrows(EOFException.class, () -> read(49_999, 2));
    write(60_000, (byte) 1);
    byte[] expected = Arrays.copyOf(content(50_000), 60_001);
    expected[60_000] = 1;
    assertArrayEquals(expected, readAll());
  }

  @Test
  final void flushesAtAnyTime() throws IOException {
    storage.flush();
    write(0, content(1000));
    storage.flush();
    assertArrayEquals(content(1000), readAll());
  }

  // Holes

  @Test
  final void holesAreWhereNothingWasWritten() throws IOException {
    assumeTrue(knowsHoles(), "this storage knows no holes");
    storage.resize(10 * MIB);
    write(3 * MIB, content(65536));
    write(7 * MIB, content(65536));
    assertEquals(3 * MIB, storage.nextData(0));
    assertEquals(3 * MIB + 10, storage.nextData(3 * MIB + 10));
    assertEquals(3 * MIB + 65536, storage.nextHole(3 * MIB));
    assertEquals(MIB, storage.nextHole(MIB));
    assertEquals(7 * MIB, storage.nextData(4 * MIB));
    assertEquals(10 * MIB, storage.nextData(8 * MIB));
    assertEquals(8 * MIB, storage.nextHole(8 * MIB));
    storage.zero(3 * MIB, 65536, true);
    assertEquals(7 * MIB, storage.nextData(0));
  }

  @Test
  final void dataIsNeverTakenForAHole() throws IOException {
    storage.resize(10 * MIB);
    write(3 * MIB, content(65536));
    write(10 * MIB - 1, (byte) 1);
    for (long at = 3 * MIB; at < 3 * MIB + 65536; at += 512) {
      assertEquals(at, storage.nextData(at));
      assertTrue(storage.nextHole(at) >= 3 * MIB + 65536);
    }
    assertTrue(storage.nextData(0) <= 3 * MIB);
    assertTrue(storage.nextData(4 * MIB) <= 10 * MIB - 1);
    assertEquals(10 * MIB, storage.nextHole(10 * MIB - 1));
  }

  @Test
  final void beyondTheEndThereIsNeitherDataNorHole() throws IOException {
    write(0, content(10_000));
    for (long position : new long[] {10_000, 10_001, MIB, Long.MAX_VALUE}) {
      assertEquals(10_000, storage.nextData(position));
      assertEquals(10_000, storage.nextHole(position));
    }
  }

  @Test
  final void spaceIsGivenBack() throws IOException {
    assumeTrue(knowsHoles(), "this storage knows no holes");
    write(0, content((int) (4 * MIB)));
    storage.flush();
    long full = storage.allocatedSize().orElseThrow();
    assertTrue(full >= 4 * MIB, () -> full + " bytes");
    storage.zero(MIB, 2 * MIB, true);
    long rest = storage.allocatedSize().orElseThrow();
    assertTrue(rest <= full - 2 * MIB, () -> full + " bytes and then " + rest);
  }

  @Test
  final void growingOccupiesNothing() throws IOException {
    assumeTrue(knowsHoles(), "this storage knows no holes");
    storage.resize(100 * MIB);
    assertEquals(100 * MIB, storage.size());
    assertEquals(0, storage.allocatedSize().orElseThrow());
    assertEquals(100 * MIB, storage.nextData(0));
  }

  // Advice

  @Test
  final void adviceIsOnlyAdvice() throws IOException {
    storage.willRead(0, 100);
    write(0, content(100_000));
    read(0, 1);
    storage.willRead(0, 100_000);
    storage.willRead(5, 1L << 50);
    storage.willRead(1L << 50, 1);
    storage.willRead(99_999, 0);
    assertArrayEquals(content(100_000), readAll());
  }

  // Closing

  @Test
  final void nothingWorksOnceClosed() throws IOException {
    byte[] content = content(100_000);
    write(0, content);
    nothingWorks(storage);
    // Nor once it was mapped.
    storage = empty();
    write(0, content);
    read(0, 100_000);
    nothingWorks(storage);
  }

  private static void nothingWorks(Storage storage) throws IOException {
    String name = storage.name();
    storage.close();
    storage.close();
    assertTrue(storage.isClosed());
    assertEquals(name, storage.name());
    assertTrue(storage.isWritable());
    MemorySegment one = MemorySegment.ofArray(new byte[1]);
    MemorySegment many = MemorySegment.ofArray(new byte[50_000]);
    List<Executable> calls =
        List.of(
            () -> storage.size(),
            () -> storage.allocatedSize(),
            () -> storage.read(0, one),
            () -> storage.read(60_000, many),
            () -> storage.read(1L << 40, one),
            () -> storage.readLong(0),
            () -> storage.readLong(1L << 40),
            () -> storage.write(0, one),
            () -> storage.write(50_000, many),
            () -> storage.zero(0, 1, false),
            () -> storage.zero(0, 1, true),
            () -> storage.reserve(0, 1),
            () -> storage.reserve(0, 1 << 20),
            () -> storage.resize(1),
            () -> storage.resize(1 << 20),
            () -> storage.flush(),
            () -> storage.nextData(0),
            () -> storage.nextHole(0));
    for (Executable call : calls) {
      ImageClosedException e = assertThrows(ImageClosedException.class, call);
      assertEquals(name + ": already closed", e.getMessage());
    }
    storage.willRead(0, 100);
  }

  @Test
  final void closingWhileOthersReadIsTold() throws Exception {
    for (int round = 0; round < 20; round++) {
      Storage open = empty();
      open.write(0, MemorySegment.ofArray(content((int) MIB)));
      AtomicLong reads = new AtomicLong();
      try (ExecutorService readers = Executors.newFixedThreadPool(4)) {
        List<Future<Throwable>> ends =
            List.of(
                readers.submit(() -> readUntilFailure(open, 100, reads)),
                readers.submit(() -> readUntilFailure(open, 10_000, reads)),
                readers.submit(() -> readUntilFailure(open, 500_000, reads)),
                readers.submit(() -> readLongsUntilFailure(open, reads)));
        while (reads.get() < 2000) {
          Thread.onSpinWait();
        }
        open.close();
        for (Future<Throwable> end : ends) {
          Throwable failure = end.get();
          assertEquals(ImageClosedException.class, failure.getClass(), failure::toString);
        }
      }
    }
  }

  private static Throwable readUntilFailure(Storage storage, int length, AtomicLong reads) {
    byte[] target = new byte[length];
    byte[] expected = content((int) MIB);
    MemorySegment segment = MemorySegment.ofArray(target);
    for (int at = 0; ; at = (at + 4096) % (1 << 19)) {
      try {
        storage.read(at, segment);
      } catch (Throwable e) {
        return e;
      }
      if (!Arrays.equals(target, 0, length, expected, at, at + length)) {
        return new AssertionError("other bytes were read at " + at);
      }
      reads.incrementAndGet();
    }
  }

  private static Throwable readLongsUntilFailure(Storage storage, AtomicLong reads) {
    while (true) {
      try {
        // The number of the third sector.
        long number = storage.readLong(2 * 512 + 8);
        if (number != 2) {
          return new AssertionError("other number " + number);
        }
      } catch (Throwable e) {
        return e;
      }
      reads.incrementAndGet();
    }
  }

  // Many threads

  @Test
  final void readersAreNotDisturbedByGrowth() throws Exception {
    int sector = RandomContent.SECTOR;
    int sectors = 20_000;
    AtomicLong written = new AtomicLong();
    try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
      Future<?> writer =
          threads.submit(() -> {
            for (int i = 0; i < sectors; ) {
              int count = Math.min(1 + i % 64, sectors - i);
              byte[] bytes = RandomContent.of(3, (long) i * sector, count * sector);
              if (i % 7 == 0) {
                storage.reserve((long) i * sector, bytes.length);
              }
              storage.write((long) i * sector, MemorySegment.ofArray(bytes));
              i += count;
              written.set(i);
            }
            return null;
          });
      Executable reader =
          () -> {
            Random random = new Random();
            byte[] target = new byte[sector];
            while (written.get() < sectors) {
              long there = written.get();
              if (there > 0) {
                long number =
                    there - 1 - random.nextLong(Math.min(there, 1 + random.nextLong(500)));
                storage.read(number * sector, MemorySegment.ofArray(target));
                assertArrayEquals(RandomContent.of(3, number * sector, sector), target);
                assertEquals(number, storage.readLong(number * sector + 8));
              }
            }
          };
      List<Future<?>> readers =
          List.of(
              threads.submit(() -> assertDoesNotThrow(reader)),
              threads.submit(() -> assertDoesNotThrow(reader)),
              threads.submit(() -> assertDoesNotThrow(reader)));
      writer.get();
      for (Future<?> each : readers) {
        each.get();
      }
    }
    assertArrayEquals(RandomContent.of(3, 0, sectors * sector), read(0, sectors * sector));
  }

  @Test
  final void writersOfDifferentRangesDoNotDisturbEachOther() throws Exception {
    int threads = 4;
    int part = 4096;
    int parts = 400;
    try (ExecutorService writers = Executors.newFixedThreadPool(threads)) {
      List<Future<?>> all =
          java.util.stream.IntStream.range(0, threads)
              .<Future<?>>mapToObj(thread ->
                  writers.submit(() -> {
                    for (int i = thread; i < parts; i += threads) {
                      long at = (long) i * part;
                      storage.write(at, MemorySegment.ofArray(RandomContent.of(4, at, part)));
                    }
                    return null;
                  }))
              .toList();
      for (Future<?> each : all) {
        each.get();
      }
    }
    assertArrayEquals(RandomContent.of(4, 0, parts * part), readAll());
  }

  @Test
  final void reservingBesideWritersLosesNothing() throws Exception {
    int block = 4096;
    int blocks = 1500;
    AtomicLong written = new AtomicLong();
    try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
      Future<?> reserver =
          threads.submit(() -> {
            while (written.get() < blocks) {
              storage.reserve(written.get() * block, 3 * block);
            }
            return null;
          });
      Future<?> writer =
          threads.submit(() -> {
            for (long i = 0; i < blocks; i++) {
              storage.write(
                  i * block, MemorySegment.ofArray(RandomContent.of(5, i * block, block)));
              written.set(i + 1);
            }
            return null;
          });
      writer.get();
      reserver.get();
    }
    assertTrue(storage.size() >= (long) blocks * block);
    assertArrayEquals(RandomContent.of(5, 0, blocks * block), read(0, blocks * block));
  }

  @Test
  final void isNamedInErrors() {
    assertFalse(storage.name().isEmpty());
    assertEquals(storage.name(), storage.toString());
  }
}
