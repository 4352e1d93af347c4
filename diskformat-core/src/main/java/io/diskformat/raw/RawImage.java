package io.diskformat.raw;

import io.diskformat.DiskImage;
import io.diskformat.Extent;
import io.diskformat.ExtentCursor;
import io.diskformat.ImageClosedException;
import io.diskformat.ImageInfo;
import io.diskformat.spi.ExtentMerger;
import io.diskformat.spi.ReadAhead;
import io.diskformat.storage.Faults;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * A raw image. A disk is a whole number of sectors of 512 bytes, so where the file is not, the last
 * sector's rest reads as zeroes, as in QEMU.
 */
final class RawImage implements DiskImage {
  private static final long SECTOR = 512;

  private final Storage storage;
  private final boolean writable;
  private final ReadAhead readAhead = new ReadAhead();
  private final ReadAhead.Fetcher fetcher;
  private volatile long size;

  RawImage(Storage storage, boolean writable) throws IOException {
    this.storage = storage;
    this.writable = writable;
    this.fetcher = storage::willRead;
    this.size = wholeSectors(storage.size());
  }

  private static long wholeSectors(long bytes) {
    return bytes + SECTOR - 1 & -SECTOR;
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public boolean isWritable() {
    return writable;
  }

  @Override
  public void read(long offset, MemorySegment target) throws IOException {
    long length = target.byteSize();
    Objects.checkFromIndexSize(offset, length, size);
    checkOpen();
    try {
      try {
        copyOut(offset, target, length);
      } finally {
        Faults.fence();
      }
    } catch (InternalError | IllegalStateException e) {
      throw Faults.translate(e, storage, "reading the disk at " + offset);
    }
    readAhead.note(offset, length, size, fetcher);
  }

  private void copyOut(long offset, MemorySegment target, long length) throws IOException {
    MemorySegment mapped = storage.mapped();
    if (offset <= mapped.byteSize() - length) {
      MemorySegment.copy(mapped, offset, target, 0, length);
      return;
    }
    long fileSize = storage.size();
    if (offset + length > wholeSectors(fileSize)) {
      throw new IOException(
          storage.name() + ": was cut short to " + fileSize + " bytes while in use");
    }
    long available = Math.clamp(fileSize - offset, 0, length);
    if (available > 0) {
      storage.readUnfenced(offset, target, 0, available);
    }
    target.asSlice(available).fill((byte) 0);
  }

  @Override
  public void willRead(long offset, long length) throws IOException {
    Objects.checkFromIndexSize(offset, length, size);
    checkOpen();
    storage.willRead(offset, length);
  }

  @Override
  public void write(long offset, MemorySegment source) throws IOException {
    checkWritable();
    Objects.checkFromIndexSize(offset, source.byteSize(), size);
    storage.write(offset, source);
  }

  @Override
  public void writeZeroes(long offset, long length) throws IOException {
    checkWritable();
    Objects.checkFromIndexSize(offset, length, size);
    storage.zero(offset, length, false);
  }

  @Override
  public void discard(long offset, long length) throws IOException {
    checkWritable();
    Objects.checkFromIndexSize(offset, length, size);
    storage.zero(offset, length, true);
  }

  /**
   * {@inheritDoc}
   *
   * <p>Sectors are added that read as zeroes and occupy no space, or the last ones are cut off.
   */
  @Override
  public synchronized void resize(long newSize) throws IOException {
    checkWritable();
    if (newSize < 0 || newSize % SECTOR != 0) {
      throw new IllegalArgumentException("not a whole number of sectors: " + newSize);
    }
    size = Math.min(size, newSize);
    storage.resize(newSize);
    size = newSize;
  }

  @Override
  public void flush() throws IOException {
    checkOpen();
    if (isWritable()) {
      storage.flush();
    }
  }

  @Override
  public ExtentCursor extents(long offset, long length) throws IOException {
    Objects.checkFromIndexSize(offset, length, size);
    checkOpen();
    return new ExtentMerger(new FileCursor(offset, offset + length));
  }

  /** Yields the data and the holes of the file, as the host knows them. */
  private final class FileCursor implements ExtentCursor {
    private final long end;
    private long at;

    FileCursor(long start, long end) {
      this.at = start;
      this.end = end;
    }

    @Override
    public @Nullable Extent next() throws IOException {
      if (at >= end) {
        return null;
      }
      checkOpen();
      long start = at;
      long fileSize = storage.size();
      long diskEnd = wholeSectors(fileSize);
      long data = storage.nextData(start);
      // If the file was cut short while in use, what is missing is no hole: who reads it is to be
      // told.
      boolean hole = start < diskEnd && (data > start || start >= fileSize);
      // What the last sector has beyond the end of the file is a hole, as in QEMU.
      long next = !hole ? storage.nextHole(start) : data < fileSize ? data : diskEnd;
      at = next <= start ? end : Math.min(next, end);
      Extent.Kind kind = hole ? Extent.Kind.ZERO : Extent.Kind.DATA;
      return new Extent(start, at - start, kind, hole, false, 0, start, storage.name());
    }
  }

  @Override
  public ImageInfo info() throws IOException {
    checkOpen();
    return new ImageInfo(
        "raw",
        storage.name(),
        size,
        storage.allocatedSize(),
        OptionalLong.empty(),
        false,
        Optional.empty(),
        List.of(),
        Map.of());
  }

  private void checkOpen() throws ImageClosedException {
    if (storage.isClosed()) {
      throw new ImageClosedException(storage.name());
    }
  }

  private void checkWritable() throws ImageClosedException {
    checkOpen();
    if (!isWritable()) {
      throw new UnsupportedOperationException(storage.name() + ": not opened for writing");
    }
  }

  @Override
  public synchronized void close() throws IOException {
    if (storage.isClosed()) {
      return;
    }
    try {
      if (isWritable()) {
        storage.flush();
      }
    } finally {
      storage.close();
    }
  }

  /** Returns the name by which errors call this image. */
  @Override
  public String toString() {
    return storage.name();
  }
}
