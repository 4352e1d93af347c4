package io.diskformat.device;

import io.diskformat.Extent;
import io.diskformat.ExtentCursor;
import io.diskformat.ImageClosedException;
import io.diskformat.Place;
import io.diskformat.event.Events;
import io.diskformat.event.Span;
import io.diskformat.storage.Faults;
import io.diskformat.storage.HostCopy;
import io.diskformat.storage.IoAction;
import io.diskformat.storage.Storage;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;

/**
 * A storage as a disk: the offset of each byte is its position. A disk is a whole number of sectors
 * of 512 bytes; if the storage is not, the rest of the last sector reads as zeroes, as in QEMU. A
 * part of a storage is a {@linkplain JoinedDevice#slice slice} of this.
 *
 * <p>Thread-safe. Reads take no lock where the storage takes none, unless writers keep interfering.
 * The storage belongs to the device and is closed with it.
 */
public class StorageDevice implements PlainBytes, PlainTarget {
  /** The length of a sector, in bytes. */
  private static final long SECTOR = 512;

  /**
   * The binary logarithm of the length that one lock covers, in bytes: 1 MiB, so that large writes
   * take few locks.
   */
  private static final int LOCKED_BITS = 20;

  /** The number of attempts without a lock, after which a reader takes the locks. */
  private static final int OPTIMISTIC_ATTEMPTS = 8;

  private final Storage storage;
  private final boolean writable;
  private final UnitLocks locks = new UnitLocks();
  private final ReadAhead readAhead = new ReadAhead();
  private final ReadAhead.Fetcher fetcher;
  private final ReadAhead.Fetcher bulkFetcher;

  /**
   * Held shared by changes within the disk, and exclusively by a change of its size: otherwise a
   * write that is under way would extend a file that was just cut short.
   */
  private final ReadWriteLock sizing = new ReentrantReadWriteLock();

  private volatile long size;

  /** Set before the last flush. */
  private volatile boolean closing;

  /**
   * Creates a device of the storage's current size, rounded up to whole sectors.
   *
   * @param storage the storage, which the device owns
   * @param writable whether the device is writable; the storage must be, too
   * @throws IOException if the storage's size cannot be read, or it is closed
   */
  public StorageDevice(Storage storage, boolean writable) throws IOException {
    this.storage = storage;
    this.writable = writable;
    this.fetcher = storage::willRead;
    this.bulkFetcher = storage::willReadInBulk;
    this.size = wholeSectors(storage.size());
  }

  private static long wholeSectors(long bytes) {
    return bytes + SECTOR - 1 & -SECTOR;
  }

  /** Returns the storage that holds the bytes. */
  protected final Storage storage() {
    return storage;
  }

  @Override
  public final long size() {
    return size;
  }

  @Override
  public final boolean isWritable() {
    return writable;
  }

  // Reading

  @Override
  public final void read(long offset, MemorySegment target) throws IOException {
    long length = target.byteSize();
    Objects.checkFromIndexSize(offset, length, size);
    checkOpen();
    if (writable) {
      readBesideWriters(offset, target, length);
    } else {
      readOnce(offset, target, length);
    }
    readAhead.note(offset, length, size, length < Storage.BULK ? fetcher : bulkFetcher);
  }

  /**
   * Reads again if another thread wrote there meanwhile, so that no sector is seen half written.
   */
  private void readBesideWriters(long offset, MemorySegment target, long length)
      throws IOException {
    long touched = locksOf(offset, length);
    for (int attempt = 0; attempt < OPTIMISTIC_ATTEMPTS; attempt++) {
      long stamps = locks.stamps(touched);
      if (stamps == UnitLocks.BUSY) {
        Thread.onSpinWait();
        continue;
      }
      readOnce(offset, target, length);
      // The copy must be complete before the stamps are compared.
      VarHandle.acquireFence();
      if (locks.stamps(touched) == stamps) {
        return;
      }
    }
    locks.lockShared(touched);
    try {
      readOnce(offset, target, length);
    } finally {
      locks.unlockShared(touched);
    }
  }

  private static long locksOf(long offset, long length) {
    return length == 0
        ? 0
        : UnitLocks.of(offset >>> LOCKED_BITS, (offset + length - 1) >>> LOCKED_BITS);
  }

  private void readOnce(long offset, MemorySegment target, long length) throws IOException {
    try {
      try {
        copyOut(offset, target, length);
      } finally {
        Faults.fence();
      }
    } catch (InternalError | IllegalStateException e) {
      throw Faults.translate(e, storage, "reading the disk at " + offset);
    }
  }

  private void copyOut(long offset, MemorySegment target, long length) throws IOException {
    try {
      storage.readUnfenced(offset, target, 0, length);
    } catch (EOFException e) {
      copyUpToEnd(offset, target, length);
    }
  }

  private void copyUpToEnd(long offset, MemorySegment target, long length) throws IOException {
    long storageSize = storage.size();
    if (offset + length > wholeSectors(storageSize)) {
      throw new IOException(
          storage.name() + ": was cut short to " + storageSize + " bytes while in use");
    }
    long available = Math.clamp(storageSize - offset, 0, length);
    if (available > 0) {
      storage.readUnfenced(offset, target, 0, available);
    }
    target.asSlice(available).fill((byte) 0);
  }

  @Override
  public final void willRead(long offset, long length) throws IOException {
    Objects.checkFromIndexSize(offset, length, size);
    checkOpen();
    storage.willReadInBulk(offset, length);
  }

  @Override
  public final ExtentCursor extents(long offset, long length) throws IOException {
    Objects.checkFromIndexSize(offset, length, size);
    checkOpen();
    return new ExtentMerger(new HoleCursor(offset, offset + length));
  }

  @Override
  public final Place placeOf(long offset) throws IOException {
    Place place = PlainTarget.super.placeOf(offset);
    return storage.isTransformed()
        ? new Place(
            offset,
            place.length(),
            place.structure(),
            0,
            storage.name(),
            storage.positionInFile(offset),
            place.length())
        : place;
  }

  /** A cursor over the data and the holes of the storage, as the host reports them. */
  private final class HoleCursor implements ExtentCursor {
    private final long end;
    private long at;

    HoleCursor(long start, long end) {
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
      long storageSize = storage.size();
      long diskEnd = wholeSectors(storageSize);
      long data = storage.nextData(start);
      // If the file was cut short while in use, the missing part is no hole: reading it fails.
      boolean hole = start < diskEnd && (data > start || start >= storageSize);
      // The rest of the last sector beyond the end of the file is a hole, as in QEMU.
      long next = !hole ? storage.nextHole(start) : data < storageSize ? data : diskEnd;
      at = next <= start ? end : Math.min(next, end);
      Extent.Kind kind = hole ? Extent.Kind.ZERO : Extent.Kind.DATA;
      boolean shown = !storage.isTransformed();
      return new Extent(
          start,
          at - start,
          kind,
          hole,
          false,
          0,
          shown ? start : -1,
          shown ? storage.name() : null);
    }
  }

  // Writing

  private void change(long offset, long length, IoAction change) throws IOException {
    checkWritable();
    sizing.readLock().lock();
    try {
      Objects.checkFromIndexSize(offset, length, size);
      long touched = locksOf(offset, length);
      locks.lockExclusive(touched);
      try {
        change.run();
      } finally {
        locks.unlockExclusive(touched);
      }
    } finally {
      sizing.readLock().unlock();
    }
    checkNotClosing();
  }

  @Override
  public final void write(long offset, MemorySegment source) throws IOException {
    change(offset, source.byteSize(), () -> storage.write(offset, source));
  }

  @Override
  public final @Nullable Range plainAt(long offset) throws IOException {
    checkOpen();
    Objects.checkIndex(offset, size);
    long length = Math.min(storage.size(), size) - offset;
    return length > 0 ? new Range(storage, offset, length) : null;
  }

  @Override
  public final long copyFrom(Range source, long offset, long length) throws IOException {
    Objects.checkFromIndexSize(0, length, source.length());
    long[] copied = {0};
    change(
        offset,
        length,
        () ->
            copied[0] = HostCopy.run(source.storage(), source.position(), storage, offset, length));
    return copied[0];
  }

  @Override
  public final void writeZeroes(long offset, long length) throws IOException {
    change(offset, length, () -> storage.zero(offset, length, false));
  }

  @Override
  public final void discard(long offset, long length) throws IOException {
    change(offset, length, () -> storage.zero(offset, length, true));
  }

  /**
   * Changes the size of the disk and of the storage. Added sectors read as zeroes and occupy no
   * space; those beyond the new end are lost.
   *
   * @param newSize in bytes, a multiple of 512
   * @throws IllegalArgumentException if it is no such multiple or is negative
   * @throws UnsupportedOperationException if the device is not writable
   * @throws IOException if that fails, as on a block device; the disk then keeps its size
   */
  public final void resize(long newSize) throws IOException {
    checkWritable();
    if (newSize < 0 || newSize % SECTOR != 0) {
      throw new IllegalArgumentException("not a whole number of sectors: " + newSize);
    }
    sizing.writeLock().lock();
    long result = size;
    try {
      if (!storage.hasFixedSize()) {
        size = Math.min(result, newSize);
      }
      storage.resize(newSize);
      result = newSize;
    } finally {
      size = result;
      sizing.writeLock().unlock();
    }
    checkNotClosing();
  }

  @Override
  public final void flush() throws IOException {
    checkOpen();
    if (writable) {
      try (Span span = Events.flush(storage.name())) {
        storage.flush();
        span.succeeded();
      }
    }
  }

  private void checkWritable() throws ImageClosedException {
    checkOpen();
    if (!writable) {
      throw new UnsupportedOperationException(storage.name() + ": not opened for writing");
    }
  }

  // Closing

  /** Throws if this device is closed. */
  protected final void checkOpen() throws ImageClosedException {
    if (storage.isClosed()) {
      throw new ImageClosedException(storage.name());
    }
  }

  /**
   * Throws if the last change may have come after the last flush. Checking afterwards needs no
   * lock: if the device is not being closed by then, the last flush is still to come.
   */
  private void checkNotClosing() throws ImageClosedException {
    if (closing) {
      throw new ImageClosedException(storage.name());
    }
  }

  @Override
  public final synchronized void close() throws IOException {
    if (storage.isClosed()) {
      return;
    }
    closing = true;
    try (storage) {
      if (writable) {
        storage.flush();
      }
    }
  }

  /** Returns the name used in error messages. */
  @Override
  public final String toString() {
    return storage.name();
  }
}
