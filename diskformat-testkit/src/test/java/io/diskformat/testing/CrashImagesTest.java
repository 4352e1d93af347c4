package io.diskformat.testing;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;

final class CrashImagesTest {
  private static final int PAGE = PagedStorage.PAGE;

  private final FaultyStorage storage;

  CrashImagesTest() throws IOException {
    storage = FaultyStorage.inMemory("crashing");
  }

  /** Fills pages with a byte. */
  private void write(int page, int pages, int value) throws IOException {
    byte[] bytes = new byte[pages * PAGE];
    java.util.Arrays.fill(bytes, (byte) value);
    storage.write((long) page * PAGE, MemorySegment.ofArray(bytes));
  }

  /** Returns a digit for each page, a * for one that is torn. */
  private static String pagesOf(Storage left) throws IOException {
    StringBuilder text = new StringBuilder();
    byte[] page = new byte[PAGE];
    for (long at = 0; at < left.size(); at += PAGE) {
      int length = (int) Math.min(PAGE, left.size() - at);
      left.read(at, MemorySegment.ofArray(page).asSlice(0, length));
      char digit = (char) ('0' + page[0]);
      for (int i = 0; i < length; i++) {
        digit = page[i] == page[0] ? digit : '*';
      }
      text.append(digit);
    }
    return text.toString();
  }

  private Set<String> possibilities(int point, int count) throws IOException {
    Set<String> found = new TreeSet<>();
    CrashImages.of(storage).check(point, point, 1, count, (left, at) -> found.add(pagesOf(left)));
    return found;
  }

  @Test
  void whatWasFlushedIsThere() throws IOException {
    write(0, 3, 1);
    storage.flush();
    assertEquals(Set.of("111"), possibilities(2, 100));
    write(1, 1, 2);
    storage.flush();
    storage.flush();
    assertEquals(Set.of("121"), possibilities(4, 100));
    assertEquals(Set.of("121"), possibilities(5, 100));
  }

  @Test
  void ofWhatWasNotFlushedAnySubsetOfPagesIsThere() throws IOException {
    write(0, 3, 1);
    storage.flush();
    write(0, 3, 2);
    assertEquals(
        Set.of("111", "112", "121", "122", "211", "212", "221", "222"), possibilities(3, 8));
    // Many samples more, and some are torn.
    assertTrue(possibilities(3, 3000).contains("1*2"));
    assertEquals(Set.of("111"), possibilities(2, 100));
  }

  @Test
  void anUnfinishedFlushIsNone() throws IOException {
    write(0, 1, 1);
    storage.flush();
    write(0, 1, 2);
    storage.failAfter(0);
    assertThrows(IOException.class, storage::flush);
    write(0, 1, 3);
    Set<String> found = possibilities(4, 200);
    found.remove("*");
    assertEquals(Set.of("1", "2", "3"), found);
  }

  @Test
  void anyVersionOfAPageMayBeThere() throws IOException {
    write(0, 2, 1);
    storage.flush();
    write(0, 2, 2);
    write(0, 2, 3);
    write(1, 1, 4);
    Set<String> whole = possibilities(5, 2000);
    whole.removeIf(pages -> pages.contains("*"));
    Set<String> expected = new TreeSet<>();
    for (String first : List.of("1", "2", "3")) {
      for (String second : List.of("1", "2", "3", "4")) {
        expected.add(first + second);
      }
    }
    assertEquals(expected, whole);
    // Nothing from the future.
    assertTrue(possibilities(4, 500).stream().noneMatch(pages -> pages.contains("4")));
  }

  @Test
  void sectorsAreNeverTorn() throws IOException {
    storage.write(0, MemorySegment.ofArray(RandomContent.of(1, 0, 8 * PAGE)));
    storage.flush();
    storage.write(0, MemorySegment.ofArray(RandomContent.of(2, 0, 8 * PAGE)));
    Set<Integer> mixtures = new HashSet<>();
    CrashImages.of(storage)
        .check(
            3,
            3,
            7,
            2000,
            (left, point) -> {
              byte[] bytes = new byte[8 * PAGE];
              left.read(0, MemorySegment.ofArray(bytes));
              int mixture = 0;
              for (int at = 0; at < PAGE; at += RandomContent.SECTOR) {
                String sector = RandomContent.describe(bytes, at);
                assertTrue(sector.matches("sector " + at / 512 + " of seed [12]"), sector);
                mixture = mixture << 1 | (sector.endsWith("2") ? 1 : 0);
              }
              mixtures.add(mixture);
            });
    assertTrue(mixtures.size() > 20, () -> mixtures.size() + " mixtures");
  }

  @Test
  void growthMayBeLostOrBeThereWithoutContent() throws IOException {
    write(0, 1, 1);
    storage.flush();
    write(1, 2, 2);
    assertEquals(Set.of("1", "100", "102", "120", "122"), possibilities(3, 8));
    storage.reserve(0, 4 * PAGE);
    Set<String> found = possibilities(4, 500);
    found.removeIf(pages -> pages.contains("*"));
    assertTrue(found.containsAll(Set.of("1", "122", "1220", "1200", "1000")), found::toString);
  }

  @Test
  void aCutMayComeBack() throws IOException {
    write(0, 2, 1);
    storage.flush();
    storage.resize(PAGE);
    assertEquals(Set.of("1", "11", "10"), possibilities(3, 8));
    storage.resize(2 * PAGE);
    storage.flush();
    assertEquals(Set.of("10"), possibilities(5, 8));
  }

  @Test
  void whatIsCutOffWithinAPageIsZero() throws IOException {
    write(0, 1, 1);
    storage.flush();
    storage.resize(100);
    storage.resize(PAGE);
    storage.flush();
    CrashImages images = CrashImages.of(storage);
    byte[] bytes = new byte[PAGE];
    images.at(images.lastPoint()).killed().storage().read(0, MemorySegment.ofArray(bytes));
    byte[] expected = new byte[PAGE];
    java.util.Arrays.fill(expected, 0, 100, (byte) 1);
    assertArrayEquals(expected, bytes);
  }

  @Test
  void zeroingMayOrMayNotHaveHappened() throws IOException {
    write(0, 3, 1);
    storage.flush();
    storage.zero(PAGE, 5 * PAGE, true);
    assertEquals(Set.of("111", "101", "110", "100"), possibilities(3, 4));
  }

  @Test
  void aKilledProcessLeavesEverything() throws IOException {
    Random random = new Random(3);
    List<byte[]> contents = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      contents.add(contentOf(storage));
      switch (random.nextInt(5)) {
        case 0 -> storage.flush();
        case 1 -> storage.resize(random.nextInt(10 * PAGE));
        case 2 -> storage.zero(random.nextInt(5 * PAGE), random.nextInt(5 * PAGE), true);
        default -> {
          int position = random.nextInt(8 * PAGE);
          int length = random.nextInt(3 * PAGE);
          storage.write(position, MemorySegment.ofArray(RandomContent.of(i, position, length)));
        }
      }
    }
    contents.add(contentOf(storage));
    CrashImages images = CrashImages.of(storage);
    assertEquals(100, images.lastPoint());
    for (int point : new int[] {100, 0, 50, 51, 49, 99}) {
      assertArrayEquals(contents.get(point), contentOf(images.at(point).killed().storage()));
    }
    for (int point = 0; point <= 100; point++) {
      CrashImages.Cut cut = images.at(point);
      assertArrayEquals(contents.get(point), contentOf(cut.killed().storage()));
      // All changes of a subset are the same, up to a size that was taken back.
      if (cut.changes() < 30) {
        assertArrayEquals(
            contents.get(point), contentOf(cut.subset((1 << cut.changes()) - 1).storage()));
      }
    }
  }

  private static byte[] contentOf(Storage left) throws IOException {
    byte[] bytes = new byte[(int) left.size()];
    left.read(0, MemorySegment.ofArray(bytes));
    return bytes;
  }

  @Test
  void theSameSeedGivesTheSame() throws IOException {
    for (int i = 0; i < 20; i++) {
      write(i, 3, i % 9);
    }
    List<String> one = new ArrayList<>();
    List<String> same = new ArrayList<>();
    List<String> other = new ArrayList<>();
    CrashImages images = CrashImages.of(storage);
    images.check(5, 20, (left, point) -> one.add(pagesOf(left)));
    images.check(5, 20, (left, point) -> same.add(pagesOf(left)));
    images.check(6, 20, (left, point) -> other.add(pagesOf(left)));
    assertEquals(one, same);
    assertTrue(!one.equals(other));
  }

  @Test
  void whatIsLeftCanBeChangedWithoutChangingOthers() throws IOException {
    write(0, 3, 1);
    storage.flush();
    write(1, 1, 2);
    CrashImages images = CrashImages.of(storage);
    for (int i = 0; i < 3; i++) {
      PagedStorage left = images.at(3).killed().storage();
      assertEquals("121", pagesOf(left));
      left.write(0, MemorySegment.ofArray(new byte[3 * PAGE]));
      left.resize(10);
      PagedStorage none = images.at(3).subset(0).storage();
      assertEquals("111", pagesOf(none));
      none.write(0, MemorySegment.ofArray(new byte[3 * PAGE]));
    }
  }

  @Test
  void aFailureTellsWhichItIs() throws IOException {
    write(0, 2, 1);
    storage.flush();
    write(1, 1, 2);
    CrashImages images = CrashImages.of(storage);
    AssertionError e =
        assertThrows(
            AssertionError.class,
            () ->
                images.check(
                    1,
                    10,
                    (left, point) -> {
                      if (pagesOf(left).equals("12")) {
                        throw new IOException("found");
                      }
                    }));
    assertEquals(
        "power cut after operation 3 of 3 (write of 4096 bytes at 4096), 1 flushes; everything was"
            + " written, 8192 bytes, pages written (position:version) 0x1000:1: found",
        e.getMessage());
  }

  // Whether it finds what it is made for

  /**
   * Keeps a number twice as a page of data and, at another place each time, and a pointer to the
   * last of them: a format in small.
   */
  private static void keep(FaultyStorage storage, int number, boolean barrier) throws IOException {
    byte[] data = RandomContent.of(number, 0, PAGE);
    long position = (2L + number % 50) * PAGE;
    storage.write(position, MemorySegment.ofArray(data));
    if (barrier) {
      storage.flush();
    }
    byte[] pointer = new byte[16];
    java.nio.ByteBuffer.wrap(pointer).putLong(position).putLong(number);
    storage.write(0, MemorySegment.ofArray(pointer));
    storage.flush();
  }

  private static void assertKept(Storage left) throws IOException {
    if (left.size() == 0) {
      return;
    }
    long position = left.readLong(0);
    byte[] data = new byte[PAGE];
    if (position != 0) {
      left.read(position, MemorySegment.ofArray(data));
      assertArrayEquals(RandomContent.of(left.readLong(8), 0, PAGE), data);
    }
  }

  @Test
  void findsABarrierThatIsMissing(TestReporter reporter) throws IOException {
    for (int number = 1; number < 200; number++) {
      keep(storage, number, true);
    }
    long start = System.nanoTime();
    long images = CrashImages.of(storage).check(1, 50, (left, point) -> assertKept(left));
    long perSecond = images * 1_000_000_000L / (System.nanoTime() - start);
    reporter.publishEntry("images per second", String.valueOf(perSecond));
    for (int number = 200; number < 205; number++) {
      keep(storage, number, false);
    }
    assertThrows(
        AssertionError.class,
        () -> CrashImages.of(storage).check(1, 50, (left, point) -> assertKept(left)));
  }

  @Test
  void makesThousandsOfImagesASecond(TestReporter reporter) throws IOException {
    Random random = new Random(1);
    storage.resize(4 << 20);
    storage.flush();
    for (int i = 0; i < 500; i++) {
      int length = 1 + random.nextInt(65536);
      int position = random.nextInt((4 << 20) - length);
      storage.write(position, MemorySegment.ofArray(RandomContent.of(i, position, length)));
      if (i % 100 == 99) {
        storage.flush();
      }
    }
    CrashImages images = CrashImages.of(storage);
    long start = System.nanoTime();
    long count = images.check(2, images.lastPoint(), 1, 20, (left, point) -> left.readLong(0));
    long perSecond = count * 1_000_000_000L / (System.nanoTime() - start);
    reporter.publishEntry("images of 4 MiB per second", String.valueOf(perSecond));
    // Many times as many where the machine is not busy.
    assertTrue(perSecond > 500, () -> perSecond + " per second");
  }
}
