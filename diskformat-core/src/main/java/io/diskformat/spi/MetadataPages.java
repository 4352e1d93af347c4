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
 * <p>A table is made of words of one kind. Readers take no lock: a changed word is published with
 * release and read with acquire semantics. Changes of different words may be made by different
 * threads at once. {@link #writeOut} and {@link #settle} must not run beside changes.
 */
public final class MetadataPages {
  private static final VarHandle WORD = MethodHandles.arrayElementVarHandle(long[].class);
  private static final VarHandle PAGE = MethodHandles.arrayElementVarHandle(Page[].class);
  private static final int MAX_PAGE_BITS = 12;
  private static final int FIRST_CAPACITY = 64;

  /** What the tables of a format are made of. */
  public enum Word {
    /** 64 bits, the highest byte first. */
    BIG_ENDIAN_64(3) {
      @Override
      long get(MemorySegment bytes, long offset) {
        return bytes.get(BIG_ENDIAN_LONG, offset);
      }

      @Override
      void set(MemorySegment bytes, long offset, long value) {
        bytes.set(BIG_ENDIAN_LONG, offset, value);
      }
    },

    /** 32 bits without a sign, the lowest byte first. */
    LITTLE_ENDIAN_32(2) {
      @Override
      long get(MemorySegment bytes, long offset) {
        return Integer.toUnsignedLong(bytes.get(LITTLE_ENDIAN_INT, offset));
      }

      @Override
      void set(MemorySegment bytes, long offset, long value) {
        bytes.set(LITTLE_ENDIAN_INT, offset, (int) value);
      }
    };

    private static final ValueLayout.OfLong BIG_ENDIAN_LONG =
        ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfInt LITTLE_ENDIAN_INT =
        ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** Log2 of its size in bytes. */
    private final int bits;

    Word(int bits) {
      this.bits = bits;
    }

    abstract long get(MemorySegment bytes, long offset);

    abstract void set(MemorySegment bytes, long offset, long value);
  }

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
  private final Word word;
  private final long tablesStart;
  private final long tablesEnd;
  private final int pageBits;
  private volatile Page[] slots = new Page[FIRST_CAPACITY];

  /** Changed under the lock of this object. */
  private volatile int count;

  /**
   * Creates pages of a file whose tables may be anywhere, in 64-bit words; none is changed yet.
   *
   * @param storage the file
   * @param clusterSize a power of two; no page is larger, so none holds both tables and data
   */
  public MetadataPages(Storage storage, long clusterSize) {
    this(storage, Word.BIG_ENDIAN_64, 0, Long.MAX_VALUE, clusterSize);
  }

  /**
   * Creates pages of the one table of a file; none is changed yet.
   *
   * @param storage the file
   * @param word what the table is made of
   * @param start where the table begins, at any position; no page holds anything before it,
   * @param end nor anything from here on
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
   * Returns the word at a position of the file, which is a whole number of words from the start.
   * Unfenced.
   */
  public long read(long position) throws IOException {
    Page page = find(pageOf(position));
    if (page != null) {
      return (long) WORD.getAcquire(page.words, wordOf(position));
    }
    return word == Word.BIG_ENDIAN_64
        ? storage.readLongUnfenced(position)
        : Integer.toUnsignedLong(storage.readLittleEndianIntUnfenced(position));
  }

  /**
   * Changes the word at a position of the file.
   *
   * @param order of the page that it is in, by which it is written out; the same each time
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
   * Has the page of a position in memory, so that until the copies are let go of neither reading
   * nor changing it can fail.
   *
   * @param order as for {@link #write}
   */
  public void hold(long position, int order) throws IOException {
    if (find(pageOf(position)) == null) {
      var _ = copy(pageOf(position), order);
    }
  }

  /** Makes a range of whole pages zero without looking at what the file has there. */
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
    return (int) (position - tablesStart & (1L << pageBits) - 1) >>> word.bits;
  }

  private int wordsPerPage() {
    return 1 << (pageBits - word.bits);
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
    long available = Math.clamp(Math.min(tablesEnd, storage.size()) - position, 0, bytes.length);
    MemorySegment segment = MemorySegment.ofArray(bytes);
    storage.read(position, segment.asSlice(0, available));
    for (int i = 0; i < page.words.length; i++) {
      page.words[i] = word.get(segment, (long) i << word.bits);
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
      for (long value : pages[i].words) {
        word.set(segment, at, value);
        at += 1L << word.bits;
      }
    }
    long position = positionOf(pages[first]);
    storage.write(position, segment.asSlice(0, Math.min(bytes.length, tablesEnd - position)));
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
