package io.diskformat.storage;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * A storage that keeps pages of another one's tables in memory: for storages that map nothing, such
 * as a remote object or one that decrypts. With it, a lookup of where a disk's bytes are stored
 * costs no call on the other storage, allocates no object and takes no lock, as with a mapped file.
 *
 * <p>Only reads of single numbers are served from the pages ({@link #readLong} and the like),
 * because lookups in tables consist of these. Longer reads, those of the disk's data among them, go
 * to the other storage each time, and leave the pages to the tables.
 *
 * <p>Every write goes to the other storage at once. A lookup that begins after a write has returned
 * finds the new value. The other storage must be changed by nobody else; it is closed with this
 * one. Thread-safe if the other storage is.
 */
public final class CachedStorage extends ForwardingStorage {
  private final Storage storage;

  /**
   * Creates a storage that keeps pages of 4 KiB, 16 MiB in all but no more than a 64th of the JVM's
   * maximum memory.
   *
   * @param storage the other storage, which the new one owns
   */
  public CachedStorage(Storage storage) {
    this(storage, TablePages.DEFAULT_PAGE, TablePages.DEFAULT_BYTES);
  }

  /**
   * Creates a storage.
   *
   * @param storage the other storage, which the new one owns
   * @param pageSize the size of a page, which is read at once, in bytes, a power of two; more than
   *     4096 where each read takes long
   * @param most the memory of all pages, in bytes
   * @throws IllegalArgumentException if {@code pageSize} is not a power of two, or less than 8
   */
  @SuppressWarnings("this-escape") // the pages are read only after construction
  public CachedStorage(Storage storage, int pageSize, long most) {
    super(storage);
    this.storage = storage;
    keepTablePages(pageSize, most);
  }

  @Override
  public void write(long position, MemorySegment source) throws IOException {
    try {
      super.write(position, source);
    } finally {
      forgetTablePages(position, source.byteSize());
    }
  }

  @Override
  public void overwrite(long position, MemorySegment source, long from, long length)
      throws IOException {
    try {
      storage.overwrite(position, source, from, length);
    } finally {
      forgetTablePages(position, length);
    }
  }

  @Override
  public void zero(long position, long length, boolean giveBack) throws IOException {
    try {
      super.zero(position, length, giveBack);
    } finally {
      forgetTablePages(position, length);
    }
  }

  @Override
  public void resize(long size) throws IOException {
    try {
      super.resize(size);
    } finally {
      forgetTablePages(size, Long.MAX_VALUE);
    }
  }
}
