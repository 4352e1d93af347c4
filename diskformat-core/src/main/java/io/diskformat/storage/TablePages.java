package io.diskformat.storage;

import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A cache of pages of a storage that are not mapped, so that a lookup in a table there takes no
 * system call, allocates no object and takes no lock. Its memory is bounded; pages that were not
 * used recently are replaced.
 *
 * <p>A page never changes once it is in its slot. A change of the storage calls {@link #forget}
 * after the change itself and before it returns: then no lookup that begins later finds the old
 * bytes. A page that is being read meanwhile is not kept either: its reader marked the slot before
 * it began to read, and forgetting removed the mark.
 */
final class TablePages {

  /** Reads the bytes that are cached. */
  @FunctionalInterface
  interface Reader {
    /**
     * Fills {@code target}.
     *
     * @throws EOFException if there are fewer bytes
     */
    void read(long position, MemorySegment target) throws IOException;
  }

  /** The size of what is cached. */
  @FunctionalInterface
  interface Size {
    /** Returns the current size, in bytes. */
    long get() throws IOException;
  }

  private static final VarHandle SLOT = MethodHandles.arrayElementVarHandle(Page[].class);
  private static final VarHandle BIG_ENDIAN_LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle BIG_ENDIAN_INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

  /** The number of slots of a set; a page may be in any slot of its set. */
  private static final int WAYS = 8;

  /** The default memory of all pages, in bytes. */
  static final long DEFAULT_BYTES = Math.min(16 << 20, Runtime.getRuntime().maxMemory() / 64);

  /** The default length of a page, in bytes. */
  static final int DEFAULT_PAGE = 4096;

  private static final int NO_SLOT = -1;
  private static final byte[] NOTHING = {};

  /** A page; it is shorter if the storage ended within it. */
  private static final class Page {
    final long number;
    final byte[] bytes;

    /** Whether it was used since {@link #unused} last passed it. Only a hint. */
    boolean used;

    Page(long number, byte[] bytes) {
      this.number = number;
      this.bytes = bytes;
    }

    /** Returns whether this only marks that a thread is reading the page. */
    boolean isMark() {
      return bytes.length == 0;
    }
  }

  private final Reader reader;
  private final Size size;
  private final int pageBits;
  private final @Nullable Page[] slots;

  /** The next slot to replace, in all sets: it need not be exact. */
  private int hand;

  /**
   * Creates an empty cache.
   *
   * @param pageSize in bytes, a power of two
   * @param most the memory of all pages at most, in bytes; there is always one set of pages
   */
  TablePages(Reader reader, Size size, int pageSize, long most) {
    if (Integer.bitCount(pageSize) != 1 || pageSize < Long.BYTES) {
      throw new IllegalArgumentException("no size of a page: " + pageSize);
    }
    this.reader = reader;
    this.size = size;
    this.pageBits = Integer.numberOfTrailingZeros(pageSize);
    long sets = Long.highestOneBit(Math.clamp(most / pageSize / WAYS, 1, 1 << 24));
    this.slots = new @Nullable Page[(int) sets * WAYS];
  }

  // Looking up

  /** Returns the big-endian 64-bit number at a position. */
  long bigEndianLong(long position) throws IOException {
    int within = within(position);
    byte[] page = page(position, within + Long.BYTES);
    return page != null
        ? (long) BIG_ENDIAN_LONG.get(page, within)
        : (long) BIG_ENDIAN_LONG.get(read(position, Long.BYTES), 0);
  }

  /** Returns the big-endian 32-bit number at a position. */
  int bigEndianInt(long position) throws IOException {
    int within = within(position);
    byte[] page = page(position, within + Integer.BYTES);
    return page != null
        ? (int) BIG_ENDIAN_INT.get(page, within)
        : (int) BIG_ENDIAN_INT.get(read(position, Integer.BYTES), 0);
  }

  private int within(long position) {
    return (int) position & ((1 << pageBits) - 1);
  }

  /**
   * Returns the page of a position.
   *
   * @param needed the number of leading bytes that are needed
   * @return the page's bytes, or null if they are fewer
   */
  private byte @Nullable [] page(long position, int needed) throws IOException {
    long number = position >>> pageBits;
    int first = setOf(number);
    for (int slot = first; slot < first + WAYS; slot++) {
      Page page = get(slot);
      if (page != null && page.number == number && page.bytes.length >= needed) {
        if (!page.used) {
          page.used = true;
        }
        return page.bytes;
      }
    }
    if (position < 0 || needed > 1 << pageBits) {
      // It is no position, or the number crosses the end of the page.
      return null;
    }
    byte[] bytes = load(number);
    return bytes.length >= needed ? bytes : null;
  }

  private @Nullable Page get(int slot) {
    return (Page) SLOT.getAcquire(slots, slot);
  }

  /** Returns the first slot of the set that a page belongs to. */
  private int setOf(long number) {
    int hash = (int) ((number * 0x9E3779B97F4A7C15L) >>> 32);
    return (hash & (slots.length / WAYS - 1)) * WAYS;
  }

  /** Reads bytes from the source that no single page holds. */
  private byte[] read(long position, int length) throws IOException {
    byte[] bytes = new byte[length];
    reader.read(position, MemorySegment.ofArray(bytes));
    return bytes;
  }

  private byte[] load(long number) throws IOException {
    Page mark = new Page(number, NOTHING);
    int slot = put(mark);
    // The mark must be visible before anything is read.
    VarHandle.fullFence();
    boolean kept = false;
    try {
      byte[] bytes = readUpToEnd(number << pageBits);
      kept =
          slot != NO_SLOT
              && bytes.length > 0
              && SLOT.compareAndSet(slots, slot, mark, new Page(number, bytes));
      return bytes;
    } finally {
      if (!kept && slot != NO_SLOT) {
        var _ = SLOT.compareAndSet(slots, slot, mark, null);
      }
    }
  }

  private byte[] readUpToEnd(long start) throws IOException {
    try {
      return read(start, 1 << pageBits);
    } catch (EOFException e) {
      return read(start, Math.clamp(size.get() - start, 0, 1 << pageBits));
    }
  }

  /**
   * Puts a mark into a slot for its page; returns the slot, or {@link #NO_SLOT} if the page is not
   * to be kept.
   */
  private int put(Page mark) {
    int first = setOf(mark.number);
    int place = NO_SLOT;
    for (int slot = first; slot < first + WAYS; slot++) {
      Page page = get(slot);
      if (page != null && page.number == mark.number) {
        // Either another thread is reading the page, or the storage ended within it.
        boolean replaced = !page.isMark() && SLOT.compareAndSet(slots, slot, page, mark);
        return replaced ? slot : NO_SLOT;
      }
      if (page == null) {
        place = slot;
      }
    }
    if (place == NO_SLOT) {
      place = unused(first);
    }
    return SLOT.compareAndSet(slots, place, get(place), mark) ? place : NO_SLOT;
  }

  /** Returns a slot of a set whose page was not used since this last passed it. */
  private int unused(int first) {
    for (int step = 0; step < 2 * WAYS; step++) {
      int slot = first + (hand++ & (WAYS - 1));
      Page page = get(slot);
      if (page == null || !page.used) {
        return slot;
      }
      page.used = false;
    }
    return first;
  }

  // Changes

  /**
   * Drops the pages of a range from {@code start} to {@code end}, which was or may have been
   * changed.
   */
  void forget(long start, long end) {
    if (start >= end) {
      return;
    }
    // A reader whose mark is not visible here reads the changed bytes.
    VarHandle.fullFence();
    long first = start >>> pageBits;
    long last = (end - 1) >>> pageBits;
    if (last - first >= slots.length / WAYS) {
      forget(0, slots.length, first, last);
      return;
    }
    for (long number = first; number <= last; number++) {
      int set = setOf(number);
      forget(set, set + WAYS, number, number);
    }
  }

  private void forget(int firstSlot, int endSlot, long firstNumber, long lastNumber) {
    for (int slot = firstSlot; slot < endSlot; slot++) {
      Page page = get(slot);
      if (page != null && page.number >= firstNumber && page.number <= lastNumber) {
        // A page that took its slot meanwhile may be dropped as well.
        SLOT.setVolatile(slots, slot, null);
      }
    }
  }

  /** Returns the memory of the pages now, in bytes. */
  long bytes() {
    return Arrays.stream(slots).filter(page -> page != null).mapToLong(p -> p.bytes.length).sum();
  }
}
