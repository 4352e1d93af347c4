package io.diskformat.table;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.testing.FaultyStorage;
import io.diskformat.testing.PagedStorage;
import java.io.IOException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** Tables whose writing out fails, or that are read while more and more of them is changed. */
final class MetadataPagesTest {
  private static final int PAGE = 4096;
  private static final int PAGES = 8;
  private static final int SMALL_PAGE = 64;
  private static final int WATCHED = 20;

  /** Whoever sees the failure may try again; then all of it must be there. */
  @Test
  void whatCouldNotBeWrittenOutWaitsOn() throws IOException {
    // Every second page, so that each is written by itself, and one after the other fails.
    for (int failing = 0; failing < PAGES / 2; failing++) {
      FaultyStorage storage = FaultyStorage.inMemory("tables");
      storage.resize(PAGES * PAGE);
      MetadataPages pages = new MetadataPages(storage, PAGE);
      for (int page = 0; page < PAGES; page += 2) {
        pages.write((long) page * PAGE + 8, page + 1, 1);
      }
      storage.failAfter(failing);
      assertThrows(IOException.class, () -> pages.writeOut(1));
      assertTrue(pages.isDirty(1));
      pages.settle();
      pages.writeOut(1);
      assertFalse(pages.isDirty(1));
      pages.settle();
      assertEquals(0, pages.bytes());
      for (int page = 0; page < PAGES; page += 2) {
        assertEquals(page + 1, storage.readLong((long) page * PAGE + 8), "page " + page);
      }
    }
  }

  @Test
  void whatIsClearedIsZeroInTheFileTooWhateverWasThere() throws IOException {
    PagedStorage storage = new PagedStorage("tables");
    MetadataPages tables = new MetadataPages(storage, PAGE);
    storage.resize(2L * PAGE);
    for (int page = 0; page < 2; page++) {
      tables.write((long) page * PAGE, 7, 1);
    }
    tables.writeOut(1);
    // One page is still held, and the other is not.
    tables.settle();
    tables.hold(0, 1);
    tables.clear(0, 2 * PAGE, 1);
    for (int page = 0; page < 2; page++) {
      assertEquals(0, tables.read((long) page * PAGE));
    }
    tables.writeOut(1);
    for (int page = 0; page < 2; page++) {
      assertEquals(0, storage.readLong((long) page * PAGE));
    }
  }

  /** A page that is forgotten for a moment shows what is in the file, where nothing is yet. */
  @Test
  void whatWasChangedIsNeverForgottenWhileMoreIs() throws Exception {
    // The more pages, the longer it takes to make room for more.
    for (int round = 0; round < 20; round++) {
      assertEquals(0, forgotten(1 << 14));
    }
  }

  /** Returns how often some changed word was not seen while pages were changed. */
  private static long forgotten(int pages) throws Exception {
    PagedStorage storage = new PagedStorage("tables");
    storage.resize((long) pages * SMALL_PAGE);
    MetadataPages tables = new MetadataPages(storage, SMALL_PAGE);
    for (int page = 0; page < WATCHED; page++) {
      tables.write((long) page * SMALL_PAGE, 7, 1);
    }
    AtomicBoolean done = new AtomicBoolean();
    FutureTask<Long> reader =
        new FutureTask<>(() -> {
          long wrong = 0;
          for (int page = 0; !done.get(); page = (page + 1) % WATCHED) {
            wrong += tables.read((long) page * SMALL_PAGE) == 7 ? 0 : 1;
          }
          return wrong;
        });
    Thread.ofPlatform().daemon().start(reader);
    for (int page = WATCHED; page < pages; page++) {
      tables.write((long) page * SMALL_PAGE, 8, 1);
    }
    done.set(true);
    return reader.get();
  }
}
