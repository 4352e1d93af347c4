package io.diskformat.storage;

import io.diskformat.ImageClosedException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.OptionalLong;

/**
 * A storage in native memory, for tests and for images that need no file. Its content is lost when
 * it is closed.
 */
public final class MemoryStorage extends Storage {
  /** The memory that a new storage allocates at least, in bytes. */
  private static final long FIRST_CAPACITY = 64 * 1024;

  private final String name;
  private final Arena arena = Arena.ofShared();
  private MemorySegment memory;
  private long size;

  /**
   * Creates an empty, writable storage.
   *
   * @param name the name of the storage in error messages
   */
  public MemoryStorage(String name) {
    this(name, FIRST_CAPACITY);
  }

  private MemoryStorage(String name, long capacity) {
    this.name = name;
    this.memory = arena.allocate(capacity);
  }

  /**
   * Returns a writable storage with a copy of {@code content}.
   *
   * @param name the name of the storage in error messages
   */
  public static MemoryStorage of(String name, byte[] content) {
    MemoryStorage storage = new MemoryStorage(name, Math.max(content.length, FIRST_CAPACITY));
    synchronized (storage) {
      storage.sizeIs(content.length);
      storage.memory.copyFrom(MemorySegment.ofArray(content));
    }
    return storage;
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
    return OptionalLong.of(size);
  }

  @Override
  protected synchronized void readUnmapped(long position, MemorySegment target) throws IOException {
    checkOpen();
    checkRange(position, target.byteSize());
    // All bytes are mapped, so this range is beyond the end.
    throw beyondEnd(position, target.byteSize());
  }

  @Override
  public synchronized void write(long position, MemorySegment source) throws IOException {
    checkOpen();
    long length = source.byteSize();
    long end = checkRange(position, length);
    if (length > 0) {
      grow(end);
      MemorySegment.copy(source, 0, memory, position, length);
    }
  }

  @Override
  public synchronized void zero(long position, long length, boolean giveBack) throws IOException {
    checkOpen();
    long end = Math.min(checkRange(position, length), size);
    if (position < end) {
      memory.asSlice(position, end - position).fill((byte) 0);
    }
  }

  @Override
  public synchronized void reserve(long position, long length) throws IOException {
    checkOpen();
    long end = checkRange(position, length);
    if (length > 0) {
      grow(end);
    }
  }

  @Override
  public synchronized void resize(long newSize) throws IOException {
    checkOpen();
    checkRange(0, newSize);
    if (newSize >= size) {
      grow(newSize);
    } else {
      memory.asSlice(newSize, size - newSize).fill((byte) 0);
      sizeIs(newSize);
    }
  }

  @Override
  public synchronized void flush() throws IOException {
    checkOpen();
  }

  @Override
  protected synchronized void release() {
    arena.close();
  }

  private void checkOpen() throws ImageClosedException {
    if (isClosed()) {
      throw new ImageClosedException(name);
    }
  }

  private void grow(long end) throws IOException {
    if (end <= size) {
      return;
    }
    if (end > memory.byteSize()) {
      // The smaller segment lives on for readers that still hold it, until this storage is closed.
      MemorySegment larger;
      try {
        larger = arena.allocate(Math.max(end, 2 * memory.byteSize()));
      } catch (OutOfMemoryError e) {
        throw new IOException(name + ": no memory for " + end + " bytes", e);
      }
      MemorySegment.copy(memory, 0, larger, 0, size);
      memory = larger;
    }
    sizeIs(end);
  }

  private void sizeIs(long newSize) {
    size = newSize;
    mapped(memory.asSlice(0, size));
  }
}
