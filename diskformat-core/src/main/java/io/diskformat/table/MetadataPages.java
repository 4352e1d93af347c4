package io.diskformat.table;

import io.diskformat.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The tables of a writable image, in pages: a page is read from the file until it is changed, and
 * then from a private copy that reaches the file only when it is written out. So the format alone
 * decides in which order its changes become durable.
 *
 * <p>A table consists of words of one kind. Readers take no lock: a changed word is published with
 * release and read with acquire semantics. Different threads may change different words at once.
 * {@link #writeOut} and {@link #settle} must not run beside changes.
 */
public final class MetadataPages {
  private static final VarHandle WORD = MethodHandles.arrayElementVarHandle(long[].class);
  private static final VarHandle PAGE = MethodHandles.arrayElementVarHandle(Page[].class);

  /** The binary logarithm of the largest length of a page, in bytes. */
  private static final int MAX_PAGE_BITS = 12;

  /** The number of slots of an empty hash table, a power of two. */
  private static final int FIRST_CAPACITY = 64;

  /** A private copy of a page. */
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
  private final Word word;
  private final long tablesStart;
  private final long tablesEnd;
  private final int pageBits;
  private volatile Page[] slots = new Page[FIRST_CAPACITY];

  /** Changed under the lock of this object. */
  private volatile int count;

  /**
   * Creates pages of a file whose tables may be anywhere, in big-endian 64-bit words; none is
   * changed yet.
   *
   * @param storage the file
   * @param clusterSize in bytes, a power of two; no page is larger, so that none holds both tables
   *     and data
   */
  public MetadataPages(Storage storage, long clusterSize) {
    this(storage, Word.BIG_ENDIAN_64, clusterSize);
  }

  /**
   * Creates pages of a file whose tables may be anywhere; none is changed yet.
   *
   * @param storage the file
   * @param word the kind of the tables' words
   * @param largestPage in bytes, a power of two; no aligned range of that length holds both tables
   *     and data
   */
  public MetadataPages(Storage storage, Word word, long largestPage) {
    this(storage, word, 0, Long.MAX_VALUE, largestPage);
  }

  /**
   * Creates pages of the one table of a file; none is changed yet.
   *
   * @param storage the file
   * @param word the kind of the table's words
   * @param start the position at which the table begins, in bytes; no page holds anything before it
   * @param end the position at which the table ends; nothing from there on is written
   */
  public MetadataPages(Storage storage, Word word, long start, long end) {
    this(storage, word, start, end, Long.MAX_VALUE);
  }

  private MetadataPages(Storage storage, Word word, long start, long end, long largestPage) {
    this.storage = storage;
    this.word = word;
    this.tablesStart = start;
    this.tablesEnd = end;
    this.pageBits =
        Math.min(MAX_PAGE_BITS, Long.numberOfTrailingZeros(Long.highestOneBit(largestPage)));
  }

  /**
   * Returns the word at a position of the file. Unfenced.
   *
   * @param position in bytes; a whole number of words after the start of the table
   * @throws IOException if the file cannot be read
   */
  public long read(long position) throws IOException {
    Page page = find(pageOf(position));
    if (page != null) {
      return (long) WORD.getAcquire(page.words, wordOf(position));
    }
    return word.read(storage, position);
  }

  /**
   * Changes the word at a position of the file.
   *
   * @param position in bytes; a whole number of words after the start of the table
   * @param order the order in which its page is written out; the same for all words of a page
   * @throws IOException if the page is not in memory and the file cannot be read
   */
  public void write(long position, long value, int order) throws IOException {
    Page page = find(pageOf(position));
    if (page == null) {
      page = copy(pageOf(position), order);
    }
    WORD.setRelease(page.words, wordOf(position), value);
    page.dirty = true;
  }

  /**
   * Copies the page of a position to memory, so that until {@link #settle} neither reading nor
   * changing it can fail.
   *
   * @param position in bytes
   * @param order as for {@link #write}
   * @throws IOException if the file cannot be read
   */
  public void hold(long position, int order) throws IOException {
    if (find(pageOf(position)) == null) {
      var _ = copy(pageOf(position), order);
    }
  }

  /**
   * Zeroes a range of whole pages without reading the file.
   *
   * @param position in bytes
   * @param length in bytes
   * @param order as for {@link #write}
   */
  public synchronized void clear(long position, long length, int order) {
    for (long at = position; at < position + length; at += 1L << pageBits) {
      Page page = find(pageOf(at));
      if (page == null) {
        page = new Page(pageOf(at), order, wordsPerPage());
        page.dirty = true;
        insert(page);
      } else {
        Arrays.fill(page.words, 0);
        page.dirty = true;
      }
    }
  }

  private long pageOf(long position) {
    return (position - tablesStart) >>> pageBits;
  }

  private int wordOf(long position) {
    return (int) (position - tablesStart & (1L << pageBits) - 1) >>> word.bits();
  }

  private int wordsPerPage() {
    return 1 << (pageBits - word.bits());
  }

  private long positionOf(Page page) {
    return tablesStart + (page.number << pageBits);
  }

  private synchronized Page copy(long number, int order) throws IOException {
    Page page = find(number);
    if (page != null) {
      return page;
    }
    page = new Page(number, order, wordsPerPage());
    long position = positionOf(page);
    byte[] bytes = new byte[1 << pageBits];
    long available = Math.clamp(Math.min(tablesEnd, end(position)) - position, 0, bytes.length);
    MemorySegment segment = MemorySegment.ofArray(bytes);
    storage.read(position, segment.asSlice(0, available));
    for (int i = 0; i < page.words.length; i++) {
      page.words[i] = word.get(segment, (long) i << word.bits());
    }
    insert(page);
    return page;
  }

  /** Returns where the file ends, or a position in it behind the page; to ask is a system call. */
  private long end(long position) throws IOException {
    long mapped = storage.mapped().byteSize();
    return position + (1L << pageBits) <= mapped ? mapped : storage.size();
  }

  // The hash table of pages, with open addressing: a slot once filled stays so until the table is
  // replaced.

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

  /** Returns the size of the private copies, in bytes. */
  public long bytes() {
    return (long) count << pageBits;
  }

  /** Returns whether a changed page of an order is not yet written out. */
  public boolean isDirty(int order) {
    for (Page page : slots) {
      if (page != null && page.order == order && page.dirty) {
        return true;
      }
    }
    return false;
  }

  /**
   * Writes the changed pages of an order to the file, adjacent ones in one write.
   *
   * @throws IOException if the file cannot be written
   */
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
      for (long value : pages[i].words) {
        word.set(segment, at, value);
        at += 1L << word.bits();
      }
    }
    long position = positionOf(pages[first]);
    storage.write(position, segment.asSlice(0, Math.min(bytes.length, tablesEnd - position)));
    for (int i = first; i < end; i++) {
      pages[i].dirty = false;
    }
  }

  /**
   * Drops the copies that are equal to the file. Call it when all changed pages are written out.
   */
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
