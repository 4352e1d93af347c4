package io.diskformat.testing;

import io.diskformat.ImageClosedException;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Objects;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * A storage in memory that maps nothing, and that is copied for next to nothing: copies share their
 * pages until one of them is written. Pages that only ever held zeroes take no memory.
 */
public final class PagedStorage extends Storage {
  /** The bytes that a host writes back as one, as far as a program can rely on it. */
  public static final int PAGE = 4096;

  /** In bytes; hosts have a limit of a file's size, too. */
  private static final long MAX_SIZE = 1L << 42;

  private final String name;
  private long size;

  /** By number; null for a page of zeroes. Bytes beyond {@link #size} are zero. */
  private byte[] @Nullable [] pages = new byte[16][];

  /** The pages that no other storage shares. */
  private final BitSet own = new BitSet();

  /** Creates an empty, writable storage, which errors name {@code name}. */
  public PagedStorage(String name) {
    this.name = Objects.requireNonNull(name);
  }

  /**
   * Returns a copy of what {@code storage} holds now. Its holes stay holes.
   *
   * @param storage the storage to copy, which nobody writes meanwhile
   */
  public static PagedStorage copyOf(Storage storage) throws IOException {
    if (storage instanceof PagedStorage paged) {
      return paged.copy(paged.name);
    }
    PagedStorage copy = new PagedStorage(storage.name());
    copy.resize(storage.size());
    byte[] chunk = new byte[1 << 16];
    for (long at = storage.nextData(0); at < copy.size; ) {
      long end = Math.min(storage.nextHole(at), copy.size);
      while (at < end) {
        MemorySegment part =
            MemorySegment.ofArray(chunk).asSlice(0, Math.min(chunk.length, end - at));
        storage.read(at, part);
        copy.write(at, part);
        at += part.byteSize();
      }
      at = storage.nextData(at);
    }
    return copy;
  }

  /** Returns a storage with the same content; each can then be changed without the other. */
  public synchronized PagedStorage copy(String nameOfCopy) {
    PagedStorage copy = new PagedStorage(nameOfCopy);
    own.clear();
    copy.pages = pages.clone();
    copy.size = size;
    return copy;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public boolean isWritable() {
    return true;
  }

  @Override
  public synchronized long size() throws IOException {
    checkOpen();
    return size;
  }

  @Override
  public synchronized OptionalLong allocatedSize() throws IOException {
    checkOpen();
    return OptionalLong.of(Arrays.stream(pages).filter(Objects::nonNull).count() * PAGE);
  }

  @Override
  protected synchronized void readUnmapped(long position, MemorySegment target) throws IOException {
    checkOpen();
    long length = target.byteSize();
    if (checkRange(position, length) > size) {
      throw beyondEnd(position, length);
    }
    for (long done = 0; done < length; ) {
      int within = (int) (position + done) & PAGE - 1;
      long run = Math.min(PAGE - within, length - done);
      byte[] page = page((position + done) / PAGE);
      if (page == null) {
        target.asSlice(done, run).fill((byte) 0);
      } else {
        MemorySegment.copy(MemorySegment.ofArray(page), within, target, done, run);
      }
      done += run;
    }
  }

  @Override
  public synchronized void write(long position, MemorySegment source) throws IOException {
    checkOpen();
    long length = source.byteSize();
    long end = checkSize(checkRange(position, length));
    for (long done = 0; done < length; ) {
      int within = (int) (position + done) & PAGE - 1;
      long run = Math.min(PAGE - within, length - done);
      byte[] page = ownPage((position + done) / PAGE);
      MemorySegment.copy(source, done, MemorySegment.ofArray(page), within, run);
      done += run;
    }
    size = length == 0 ? size : Math.max(size, end);
  }

  @Override
  public synchronized void zero(long position, long length, boolean giveBack) throws IOException {
    checkOpen();
    clear(position, Math.min(checkRange(position, length), size));
  }

  @Override
  public synchronized void reserve(long position, long length) throws IOException {
    checkOpen();
    long end = checkSize(checkRange(position, length));
    size = length == 0 ? size : Math.max(size, end);
  }

  @Override
  public synchronized void resize(long newSize) throws IOException {
    checkOpen();
    checkSize(checkRange(0, newSize));
    setSize(newSize);
  }

  private void clear(long start, long end) {
    for (long at = start; at < end; ) {
      int within = (int) at & PAGE - 1;
      long run = Math.min(PAGE - within, end - at);
      long number = at / PAGE;
      if (page(number) != null) {
        if (within == 0 && (run == PAGE || at + run == size)) {
          pages[(int) number] = null;
        } else {
          Arrays.fill(ownPage(number), within, (int) (within + run), (byte) 0);
        }
      }
      at = number >= pages.length ? end : at + run;
    }
  }

  @Override
  public synchronized void flush() throws IOException {
    checkOpen();
  }

  @Override
  public synchronized long nextData(long position) throws IOException {
    checkOpen();
    checkRange(position, 0);
    long number = position / PAGE;
    if (page(number) != null) {
      return Math.min(position, size);
    }
    do {
      number++;
    } while (number < pages.length && page(number) == null);
    return number < pages.length ? Math.min(number * PAGE, size) : size;
  }

  @Override
  public synchronized long nextHole(long position) throws IOException {
    checkOpen();
    checkRange(position, 0);
    long number = position / PAGE;
    while (page(number) != null) {
      number++;
    }
    return Math.min(Math.max(position, number * PAGE), size);
  }

  @Override
  protected synchronized void release() {
    pages = new byte[0][];
  }

  /** Returns a page for reading; null is one of zeroes. */
  byte @Nullable [] page(long number) {
    return number < pages.length ? pages[(int) number] : null;
  }

  /** Makes sure that the arrays that hold the pages now are not written any more. */
  void shareAll() {
    own.clear();
  }

  /** Puts a page that others share in its place. */
  void sharePage(long number, byte @Nullable [] page) {
    if (page != null) {
      makeRoom(number);
    }
    if (number < pages.length) {
      pages[(int) number] = page;
      own.clear((int) number);
    }
  }

  /** Sets the size, whatever the pages hold beyond it. */
  void setSize(long newSize) {
    for (int number = pages.length - 1; number >= 0 && (number + 1L) * PAGE > newSize; number--) {
      if (pages[number] != null) {
        if ((long) number * PAGE >= newSize) {
          pages[number] = null;
        } else {
          Arrays.fill(ownPage(number), (int) (newSize - (long) number * PAGE), PAGE, (byte) 0);
        }
      }
    }
    size = newSize;
  }

  private byte[] ownPage(long number) {
    makeRoom(number);
    int index = (int) number;
    byte[] page = pages[index];
    if (page == null) {
      page = new byte[PAGE];
    } else if (!own.get(index)) {
      page = page.clone();
    }
    own.set(index);
    pages[index] = page;
    return page;
  }

  private void makeRoom(long number) {
    if (number >= pages.length) {
      pages = Arrays.copyOf(pages, (int) Math.max(number + 1, 2L * pages.length));
    }
  }

  private long checkSize(long bytes) throws IOException {
    if (bytes > MAX_SIZE) {
      throw new IOException(name + ": File too large");
    }
    return bytes;
  }

  private void checkOpen() throws ImageClosedException {
    if (isClosed()) {
      throw new ImageClosedException(name);
    }
  }
}
