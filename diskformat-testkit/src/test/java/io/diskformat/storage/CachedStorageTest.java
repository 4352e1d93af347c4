package io.diskformat.storage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.diskformat.testing.NamedStorage;
import io.diskformat.testing.PagedStorage;
import io.diskformat.testing.StallingStorage;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLongArray;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** A storage whose tables are kept in pages is the storage itself, but for what it costs. */
final class CachedStorageTest {
  private static final int PAGE = 4096;

  @Nested
  final class OverMemory extends StorageContract {
    @Override
    Storage empty() {
      return new CachedStorage(new MemoryStorage("cached memory"));
    }

    @Override
    boolean knowsHoles() {
      return false;
    }
  }

  @Nested
  final class OverWhatMapsNothing extends StorageContract {
    @Override
    Storage empty() {
      return new CachedStorage(new PagedStorage("cached pages"));
    }

    @Override
    boolean knowsHoles() {
      return true;
    }
  }

  /** So little that nearly every lookup puts another page out, and numbers lie across pages. */
  @Nested
  final class WithLittleMemory extends StorageContract {
    @Override
    Storage empty() {
      return new CachedStorage(new PagedStorage("cached pages"), 16, 0);
    }

    @Override
    boolean knowsHoles() {
      return true;
    }
  }

  /** Counts what is asked of it. */
  private static final class Counted {
    final PagedStorage pages = new PagedStorage("counted");
    final StallingStorage storage = new StallingStorage(pages, null);

    /** Returns whether anything is read of the storage by what is done. */
    boolean isReadBy(StallingStorage.Event event) throws Exception {
      AtomicBoolean read = new AtomicBoolean();
      storage.stallAfter(0, false, () -> read.set(true));
      event.happen();
      storage.stallAfter(-1, false, () -> {});
      return read.get();
    }
  }

  private static MemorySegment number(long number) {
    return MemorySegment.ofArray(
        ByteBuffer.allocate(Long.BYTES).order(ByteOrder.BIG_ENDIAN).putLong(number).array());
  }

  // What it costs

  @Test
  void aPageIsReadOnce() throws Exception {
    Counted counted = new Counted();
    counted.pages.resize(100 * PAGE);
    try (CachedStorage cached = new CachedStorage(counted.storage)) {
      for (int page = 0; page < 100; page++) {
        long at = (long) page * PAGE;
        assertTrue(counted.isReadBy(() -> cached.readLong(at)));
      }
      for (int at = 0; at < 100 * PAGE - 8; at += 8) {
        long position = at;
        assertEquals(false, counted.isReadBy(() -> cached.readLong(position)));
        assertEquals(false, counted.isReadBy(() -> cached.readIntUnfenced(position)));
      }
      // What does not change it, and what changes something else, forgets nothing.
      counted.pages.resize(101 * PAGE);
      cached.flush();
      cached.read(0, MemorySegment.ofArray(new byte[50 * PAGE]));
      cached.write(50 * PAGE, number(7));
      assertEquals(false, counted.isReadBy(() -> cached.readLong(49 * PAGE)));
      assertTrue(counted.isReadBy(() -> assertEquals(7, cached.readLong(50 * PAGE))));
    }
  }

  @Test
  void aLookupMakesNoObject() throws IOException {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    PagedStorage pages = new PagedStorage("pages");
    pages.resize(256 * PAGE);
    try (CachedStorage cached = new CachedStorage(pages, PAGE, 2048 * PAGE)) {
      long sum = 0;
      long allocated = 0;
      for (int round = 0; round < 5; round++) {
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < 100_000; i++) {
          sum += cached.readLongUnfenced((i * 40L) % (256 * PAGE - 8) & -8);
          sum += cached.readIntUnfenced((i * 28L) % (256 * PAGE - 8) & -4);
        }
        allocated = threads.getCurrentThreadAllocatedBytes() - before;
      }
      assertEquals(0, sum);
      assertTrue(allocated < 10_000, allocated + " bytes");
    }
  }

  @Test
  void keepsNoMoreThanItMay() throws IOException {
    Random random = new Random(1);
    TablePages.Reader zeroes = (_, target) -> target.fill((byte) 0);
    TablePages.Size endless = () -> Long.MAX_VALUE;
    for (long most : new long[] {64 << 10, 1 << 20, 3_000_000}) {
      TablePages pages = new TablePages(zeroes, endless, PAGE, most);
      for (int i = 0; i < 10_000; i++) {
        assertEquals(0, pages.bigEndianLong(random.nextLong(1L << 40) & -8));
      }
      assertTrue(pages.bytes() <= most, () -> pages.bytes() + " bytes");
      assertTrue(pages.bytes() >= most / 3, () -> pages.bytes() + " bytes");
    }
    for (int size : new int[] {0, 4, 12, -8}) {
      assertThrows(
          IllegalArgumentException.class, () -> new TablePages(zeroes, endless, size, 1000));
    }
  }

  /** What is looked up again and again stays, however much is looked up once. */
  @Test
  void whatIsUsedStays() throws Exception {
    Counted counted = new Counted();
    counted.pages.resize(10_000 * PAGE);
    try (CachedStorage cached = new CachedStorage(counted.storage, PAGE, 64 * PAGE)) {
      int again = 0;
      for (int page = 1; page < 10_000; page++) {
        cached.readLong((long) page * PAGE);
        again += counted.isReadBy(() -> cached.readLong(0)) ? 1 : 0;
      }
      assertTrue(again < 300, again + " times");
    }
  }

  // What it shows

  /** Whatever is done to it, every number is what the bytes are. */
  @Property(tries = 300, edgeCases = EdgeCasesMode.NONE)
  void isAnArrayOfBytes(@ForAll long seed, @ForAll @IntRange(max = 3) int small)
      throws IOException {
    Random random = new Random(seed);
    byte[] model = new byte[random.nextInt(20_000)];
    PagedStorage pages = new PagedStorage("pages");
    pages.resize(model.length);
    int pageSize = small == 0 ? PAGE : 8 << small;
    try (CachedStorage cached = new CachedStorage(pages, pageSize, 1 << random.nextInt(16))) {
      for (int i = 0; i < 300; i++) {
        int offset = random.nextInt(model.length + 1);
        int length = random.nextInt(Math.min(1 << random.nextInt(14), model.length - offset + 1));
        switch (random.nextInt(12)) {
          case 0 -> {
            byte[] bytes = new byte[length + 20];
            random.nextBytes(bytes);
            model = Arrays.copyOf(model, Math.max(model.length, offset + bytes.length));
            System.arraycopy(bytes, 0, model, offset, bytes.length);
            cached.write(offset, MemorySegment.ofArray(bytes));
          }
          case 1 -> {
            byte[] bytes = new byte[length + 7];
            random.nextBytes(bytes);
            System.arraycopy(bytes, 7, model, offset, length);
            cached.overwrite(offset, MemorySegment.ofArray(bytes), 7, length);
          }
          case 2 -> {
            Arrays.fill(model, offset, offset + length, (byte) 0);
            cached.zero(offset, length, random.nextBoolean());
          }
          case 3 -> {
            if (random.nextInt(5) == 0) {
              model = Arrays.copyOf(model, random.nextInt(20_000));
              cached.resize(model.length);
            }
          }
          case 4 -> {
            model = Arrays.copyOf(model, Math.max(model.length, offset + length));
            cached.reserve(offset, length);
          }
          default -> assertNumbers(model, cached, offset);
        }
      }
      for (int offset = 0; offset < model.length + 10; offset++) {
        assertNumbers(model, cached, offset);
      }
    }
  }

  private static void assertNumbers(byte[] model, CachedStorage cached, int offset)
      throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(model);
    if (offset + Long.BYTES <= model.length) {
      assertEquals(bytes.getLong(offset), cached.readLong(offset));
    } else {
      assertThrows(EOFException.class, () -> cached.readLong(offset));
    }
    if (offset + Integer.BYTES <= model.length) {
      assertEquals(bytes.getInt(offset), cached.readIntUnfenced(offset));
    } else {
      assertThrows(EOFException.class, () -> cached.readIntUnfenced(offset));
    }
  }

  /** Somebody writes, and is done, after a page was read and before it is kept. */
  @Test
  void aPageThatWasChangedWhileItWasReadIsNotKept() throws Exception {
    for (int before = 0; before < 2; before++) {
      for (int change = 0; change < 4; change++) {
        Counted counted = new Counted();
        counted.pages.resize(2 * PAGE);
        counted.pages.write(16, number(1));
        CachedStorage cached = new CachedStorage(counted.storage);
        int kind = change;
        counted.storage.stallAfter(
            before,
            false,
            () -> {
              switch (kind) {
                case 0 -> cached.write(16, number(2));
                case 1 -> cached.overwrite(16, number(2), 0, 8);
                case 2 -> cached.zero(0, 1L << 40, true);
                default -> {
                  cached.resize(5);
                  cached.resize(PAGE);
                }
              }
            });
        long found = cached.readLong(16);
        assertTrue(counted.storage.happened());
        long changed = change < 2 ? 2 : 0;
        assertEquals(before == 0 ? changed : 1, found);
        assertEquals(changed, cached.readLong(16), "kept what it was, change " + change);
      }
    }
  }

  @Test
  void aPageThatCouldNotBeReadIsReadAgain() throws IOException {
    AtomicBoolean failing = new AtomicBoolean(true);
    TablePages pages =
        new TablePages(
            (_, target) -> {
              if (failing.get()) {
                throw new IOException("no answer");
              }
              target.fill((byte) 1);
            },
            () -> PAGE,
            PAGE,
            PAGE);
    assertThrows(IOException.class, () -> pages.bigEndianLong(0));
    failing.set(false);
    assertEquals(0x0101010101010101L, pages.bigEndianLong(0));
    failing.set(true);
    assertEquals(0x0101010101010101L, pages.bigEndianLong(8));
  }

  /** Each number only grows; who saw that a write is done never sees what was there before. */
  @Test
  void readersBesideWritersNeverGoBack() throws Exception {
    int numbers = 64;
    long stride = PAGE / 2 + 8;
    for (Storage storage : List.of(new PagedStorage("pages"), new MemoryStorage("memory"))) {
      storage.resize(numbers * stride + 8);
      AtomicLongArray written = new AtomicLongArray(numbers);
      AtomicBoolean done = new AtomicBoolean();
      CountDownLatch reading = new CountDownLatch(2);
      // Few enough slots that pages are put out and read again all the time.
      try (CachedStorage cached = new CachedStorage(new NamedStorage(storage, null), PAGE, 0);
          ExecutorService threads = Executors.newFixedThreadPool(4)) {
        List<Future<?>> writers =
            List.of(
                threads.submit(() -> write(cached, written, 0, stride, reading)),
                threads.submit(() -> write(cached, written, 1, stride, reading)));
        List<Future<Long>> readers =
            List.of(
                threads.submit(() -> read(cached, written, done, stride, reading)),
                threads.submit(() -> read(cached, written, done, stride, reading)));
        for (Future<?> writer : writers) {
          writer.get();
        }
        done.set(true);
        for (Future<Long> reader : readers) {
          assertTrue(reader.get() > 0);
        }
      }
    }
  }

  private static Void write(
      CachedStorage cached, AtomicLongArray written, int first, long stride, CountDownLatch reading)
      throws IOException, InterruptedException {
    Random random = new Random(first);
    reading.await();
    for (long value = 1; value < 30_000; value++) {
      int number = 2 * random.nextInt(written.length() / 2) + first;
      cached.write(number * stride, number(value));
      written.setRelease(number, value);
    }
    return null;
  }

  private static long read(
      CachedStorage cached,
      AtomicLongArray written,
      AtomicBoolean done,
      long stride,
      CountDownLatch reading)
      throws IOException {
    Random random = new Random();
    long reads = 0;
    try {
      while (!done.get()) {
        int number = random.nextInt(written.length());
        long least = written.getAcquire(number);
        long found = cached.readLong(number * stride);
        assertTrue(found >= least, () -> found + " is older than " + least);
        if (reads++ == 0) {
          reading.countDown();
        }
      }
    } finally {
      // Nobody waits for a reader that failed.
      reading.countDown();
    }
    return reads;
  }
}
