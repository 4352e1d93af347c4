package io.diskformat.testing;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class FaultyStorageTest {
  private static final int PAGE = PagedStorage.PAGE;

  private FaultyStorage storage;

  @BeforeEach
  void create() throws IOException {
    PagedStorage pages = new PagedStorage("faulty");
    pages.write(0, MemorySegment.ofArray(RandomContent.of(1, 0, 3 * PAGE)));
    storage = new FaultyStorage(pages);
  }

  private void write(long position, int length) throws IOException {
    storage.write(position, MemorySegment.ofArray(RandomContent.of(2, position, length)));
  }

  private byte[] content() throws IOException {
    byte[] bytes = new byte[(int) storage.size()];
    storage.read(0, MemorySegment.ofArray(bytes));
    return bytes;
  }

  private static byte[] contentOf(PagedStorage pages) throws IOException {
    byte[] bytes = new byte[(int) pages.size()];
    pages.read(0, MemorySegment.ofArray(bytes));
    return bytes;
  }

  /** By whatever means guest data is written, it fails and is in the journal. */
  @Test
  void overwritingIsAWriteLikeAnyOther() throws IOException {
    MemorySegment content = MemorySegment.ofArray(RandomContent.of(2, 0, 100));
    storage.overwrite(7, content, 10, 50);
    assertEquals("[write of 50 bytes at 7]", storage.log().toString());
    storage.failAfter(0);
    assertThrows(IOException.class, () -> storage.overwrite(7, content, 10, 50));
  }

  @Test
  void logsWhatIsDone() throws IOException {
    write(100, 50);
    storage.zero(0, 10, true);
    storage.reserve(0, 100_000);
    storage.flush();
    storage.resize(50);
    storage.read(0, MemorySegment.ofArray(new byte[10]));
    assertEquals(
        List.of(
            "write of 50 bytes at 100",
            "hole of 10 bytes at 0",
            "reservation of 100000 bytes at 0",
            "flush",
            "resize to 50 bytes"),
        storage.log().stream().map(StorageOperation::toString).toList());
    assertEquals(5, storage.operations());
  }

  @Test
  void theLogLeadsFromTheBeginningToTheEnd() throws IOException {
    write(5000, 20_000);
    storage.zero(0, 100, false);
    storage.resize(24_000);
    write(100_000, 1);
    PagedStorage again = storage.initial();
    assertArrayEquals(RandomContent.of(1, 0, 3 * PAGE), contentOf(again));
    for (StorageOperation operation : storage.log()) {
      operation.applyTo(again);
    }
    assertArrayEquals(content(), contentOf(again));
  }

  @Test
  void failsOnceAfterSoMany() throws IOException {
    storage.failAfter(2);
    write(0, 10);
    storage.flush();
    IOException e = assertThrows(IOException.class, () -> storage.zero(0, 5, true));
    assertEquals("faulty: hole of 5 bytes at 0: Input/output error", e.getMessage());
    storage.zero(0, 5, true);
    assertEquals(3, storage.operations());
  }

  @Test
  void staysBroken() throws IOException {
    storage.breakAfter(1);
    write(0, 10);
    byte[] before = content();
    for (int i = 0; i < 3; i++) {
      assertThrows(IOException.class, () -> write(0, 1000));
      assertThrows(IOException.class, storage::flush);
      assertThrows(IOException.class, () -> storage.resize(0));
      assertThrows(IOException.class, () -> storage.reserve(0, 100_000));
    }
    assertArrayEquals(before, content());
    assertEquals(1, storage.operations());
    storage.heal();
    storage.flush();
  }

  @Test
  void tearsTheWriteThatFails() throws IOException {
    byte[] expected = content();
    storage.failAfter(0, Tear.firstBytes(100));
    assertThrows(IOException.class, () -> write(1000, 5000));
    System.arraycopy(RandomContent.of(2, 1000, 100), 0, expected, 1000, 100);
    assertArrayEquals(expected, content());

    // The write touches sectors 1 to 11; of these the second and the last happen.
    storage.failAfter(0, Tear.sectors(number -> number == 1 || number == 10));
    assertThrows(IOException.class, () -> write(1000, 5000));
    System.arraycopy(RandomContent.of(2, 1024, 512), 0, expected, 1024, 512);
    System.arraycopy(RandomContent.of(2, 5632, 368), 0, expected, 5632, 368);
    assertArrayEquals(expected, content());
    assertEquals(3, storage.operations());
  }

  @Test
  void failsAReadOnceAfterSoMany() throws IOException {
    storage.failReadAfter(1);
    content();
    assertThrows(IOException.class, this::content);
    content();
  }

  @Test
  void looksCutShort() throws IOException {
    storage.cutShort(1000);
    assertEquals(1000, storage.size());
    storage.read(0, MemorySegment.ofArray(new byte[1000]));
    assertThrows(EOFException.class, () -> storage.read(999, MemorySegment.ofArray(new byte[2])));
    assertThrows(EOFException.class, () -> storage.readLong(PAGE));
    storage.heal();
    assertEquals(3 * PAGE, storage.size());
  }

  @Test
  void hasNoSpaceForMore() throws IOException {
    storage.limitSpace(2 * PAGE);
    // Is there already.
    write(0, 3 * PAGE);
    write(3 * PAGE, PAGE);
    IOException e = assertThrows(IOException.class, () -> write(3 * PAGE + 100, 3 * PAGE));
    assertTrue(e.getMessage().endsWith("No space left on device"), e.getMessage());
    // As much as there was space for was written.
    assertEquals(5 * PAGE, storage.size());
    assertArrayEquals(
        RandomContent.of(2, 3 * PAGE + 100, 2 * PAGE - 100),
        Arrays.copyOfRange(content(), 3 * PAGE + 100, 5 * PAGE));
    assertThrows(IOException.class, () -> storage.reserve(0, 6 * PAGE));
    storage.resize(100 * PAGE);
    assertThrows(IOException.class, () -> storage.zero(10 * PAGE, PAGE, false));
    assertThrows(IOException.class, () -> write(90 * PAGE, 1));
    assertEquals(0, content()[90 * PAGE]);
    // What is given back can be used elsewhere: whole pages, as on a disk.
    storage.zero(100, 2 * PAGE, true);
    write(90 * PAGE, 1);
    assertThrows(IOException.class, () -> write(91 * PAGE, 1));
    storage.resize(PAGE);
    storage.reserve(0, 5 * PAGE);
    assertThrows(IOException.class, () -> storage.reserve(0, 6 * PAGE));
  }

  @Test
  void reservedSpaceIsThere() throws IOException {
    storage.limitSpace(10 * PAGE);
    storage.reserve(3 * PAGE, 10 * PAGE);
    write(3 * PAGE, 10 * PAGE);
    assertThrows(IOException.class, () -> write(13 * PAGE, 1));
  }

  @Test
  void spaceThatWasReservedBeforeIsThereToo() throws IOException {
    storage.reserve(3 * PAGE, 6 * PAGE);
    storage.resize(9 * PAGE);
    storage.zero(5 * PAGE, PAGE, true);
    storage.resize(7 * PAGE);
    storage.limitFurtherSpace(0);
    write(3 * PAGE, 2 * PAGE);
    assertThrows(IOException.class, () -> write(5 * PAGE, 1));
    write(6 * PAGE, PAGE);
    assertThrows(IOException.class, () -> write(7 * PAGE, 1));
  }

  @Test
  void mapsNothing() throws IOException {
    content();
    assertEquals(0, storage.mapped().byteSize());
  }
}
