package io.diskformat.spi;

import io.diskformat.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The tables of a writable image: pages of the file that are either as they are in the file or,
 * once changed, private copies that reach the file only when they are written out. So a format
 * decides in which order its changes become durable, and nothing that the host does can overtake
 * it.
 *
 * <p>A table is made of big-endian 64-bit words. Readers take no lock: a changed word is published
 * with release and read with acquire semantics. Changes of different words may be made by different
 * threads at once. {@link #writeOut} and {@link #settle} must not run beside changes.
 */
public final class MetadataPages {
  private static final ValueLayout.OfLong BIG_ENDIAN_LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final VarHandle WORD = MethodHandles.arrayElementVarHandle(long[].class);
  private static final VarHandle PAGE = MethodHandles.arrayElementVarHandle(Page[].class);
  private static final int MAX_PAGE_BITS = 12;
  private static final int FIRST_CAPACITY = 64;

  /** A private copy. */
  private static final class Page {
    final long number;
    final int order;
    final long[] words;

    /** Written under the lock of the pages or while nothing else changes them. */
    volatile boolean dirty;

    Page(long number, int order, int words) {
      this.number = number;
      this.order = order;
      this.words = new long[words];
    }
  }

  private final Storage storage;
  private final int pageBits;
  private volatile Page[] slots = new Page[FIRST_CAPACITY];

  /** Changed under the lock of this object. */
  private volatile int count;

  /**
   * Creates pages of a file, none changed yet.
   *
   * @param storage the file
   * @param clusterSize a power of two; no page is larger, so none holds both tables and data
   */
  public MetadataPages(Storage storage, long clusterSize) {
    this.storage = storage;
    this.pageBits = Math.min(MAX_PAGE_BITS, Long.numberOfTrailingZeros(clusterSize));
  }

  /** Returns the word at a position of the file, which is a multiple of 8. Unfenced. */
  public long read(long position) throws IOException {
    Page page = find(position >>> pageBits);
    return page == null
        ? storage.readLongUnfenced(position)
        : (long) WORD.getAcquire(page.words, wordOf(position));
  }

  /**
   * Changes the word at a position of the file.
   *
   * @param order of the page that it is in, by which it is written out; the same each time
   */
  public void write(long position, long value, int order) throws IOException {
    Page page = find(position >>> pageBits);
    if (page == null) {
      page = copy(position >>> pageBits, order);
    }
    WORD.setRelease(page.words, wordOf(position), value);
    page.dirty = true;
  }

  /**
   * Has the page of a position in memory, so that until the copies are let go of neither reading
   * nor changing it can fail.
   *
   * @param order as for {@link #write}
   */
  public void hold(long position, int order) throws IOException {
    if (find(position >>> pageBits) == null) {
      var _ = copy(position >>> pageBits, order);
    }
  }

  /** Makes a range of whole pages zero without looking at what the file has there. */
  public synchronized void clear(long position, long length, int order) {
    for (long at = position; at < position + length; at += 1L << pageBits) {
      Page page = find(at >>> pageBits);
      if (page == null) {
        page = new Page(at >>> pageBits, order, 1 << (pageBits - 3));
        page.dirty = true;
        insert(page);
      } else {
        Arrays.fill(page.words, 0);
        page.dirty = true;
      }
    }
  }

  private int wordOf(long position) {
    return (int) (position & (1L << pageBits) - 1) >>> 3;
  }

  private synchronized Page copy(long number, int order) throws IOException {
    Page page = find(number);
    if (page != null) {
      return page;
    }
    page = new Page(number, order, 1 << (pageBits - 3));
    long position = number << pageBits;
    byte[] bytes = new byte[1 << pageBits];
    long available = Math.clamp(storage.size() - position, 0, bytes.length);
    MemorySegment segment = MemorySegment.ofArray(bytes);
    storage.read(position, segment.asSlice(0, available));
    for (int i = 0; i < page.words.length; i++) {
      page.words[i] = segment.get(BIG_ENDIAN_LONG, (long) i << 3);
    }
    insert(page);
    return page;
  }

  // The table of pages: open addressing; a slot once filled stays so until the table is replaced.

  private @Nullable Page find(long number) {
    Page[] table = slots;
    for (int i = slotOf(number, table.length); ; i = (i + 1) & (table.length - 1)) {
      Page page = (Page) PAGE.getAcquire(table, i);
      if (page == null || page.number == number) {
        return page;
      }
    }
  }

  private static int slotOf(long number, int capacity) {
    return (int) ((number * 0x9E3779B97F4A7C15L) >>> 32) & (capacity - 1);
  }

  private void insert(Page page) {
    Page[] table = slots;
    if (2 * (count + 1) > table.length) {
      Page[] larger = new Page[2 * table.length];
      for (Page old : table) {
        if (old != null) {
          put(larger, old);
        }
      }
      put(larger, page);
      slots = larger;
    } else {
      put(table, page);
    }
    int counted = count;
    count = counted + 1;
  }

  private static void put(Page[] table, Page page) {
    int i = slotOf(page.number, table.length);
    while (table[i] != null) {
      i = (i + 1) & (table.length - 1);
    }
    PAGE.setRelease(table, i, page);
  }

  // Writing out

  /** Returns how many bytes the private copies occupy. */
  public long bytes() {
    return (long) count << pageBits;
  }

  /** Returns whether any page of an order waits to be written out. */
  public boolean isDirty(int order) {
    for (Page page : slots) {
      if (page != null && page.order == order && page.dirty) {
        return true;
      }
    }
    return false;
  }

  /** Writes the changed pages of an order to the file, adjacent ones at once. */
  public void writeOut(int order) throws IOException {
    Page[] dirty =
        Arrays.stream(slots)
            .filter(page -> page != null && page.order == order && page.dirty)
            .sorted((a, b) -> Long.compare(a.number, b.number))
            .toArray(Page[]::new);
    int maxRun = (1 << 20) >>> pageBits;
    for (int first = 0; first < dirty.length; ) {
      int end = first + 1;
      while (end < dirty.length
          && end - first < maxRun
          && dirty[end].number == dirty[end - 1].number + 1) {
        end++;
      }
      writeRun(dirty, first, end);
      first = end;
    }
  }

  private void writeRun(Page[] pages, int first, int end) throws IOException {
    byte[] bytes = new byte[(end - first) << pageBits];
    MemorySegment segment = MemorySegment.ofArray(bytes);
    long at = 0;
    for (int i = first; i < end; i++) {
      for (long word : pages[i].words) {
        segment.set(BIG_ENDIAN_LONG, at, word);
        at += Long.BYTES;
      }
    }
    storage.write(pages[first].number << pageBits, segment);
    for (int i = first; i < end; i++) {
      pages[i].dirty = false;
    }
  }

  /** Lets go of the copies that are as the file is, once all that was changed is written out. */
  public synchronized void settle() {
    Page[] kept = Arrays.stream(slots).filter(p -> p != null && p.dirty).toArray(Page[]::new);
    Page[] table = new Page[Math.max(FIRST_CAPACITY, Integer.highestOneBit(kept.length) * 4)];
    for (Page page : kept) {
      put(table, page);
    }
    slots = table;
    count = kept.length;
  }
}
