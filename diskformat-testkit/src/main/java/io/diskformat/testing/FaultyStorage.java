package io.diskformat.testing;

import io.diskformat.storage.CopyTarget;
import io.diskformat.storage.ForwardingStorage;
import io.diskformat.storage.Storage;
import io.diskformat.testing.StorageOperation.Flush;
import io.diskformat.testing.StorageOperation.Reserve;
import io.diskformat.testing.StorageOperation.Resize;
import io.diskformat.testing.StorageOperation.Write;
import io.diskformat.testing.StorageOperation.Zero;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A storage on another one that logs the operations on it, and fails where a test asks for it.
 *
 * <pre>{@code
 * FaultyStorage storage = FaultyStorage.inMemory("disk.img");
 * storage.failAfter(3, Tear.firstBytes(100)); // the fourth change from here on
 * storage.limitSpace(1 << 20); // from here on, then no space is left on the device
 * }</pre>
 *
 * <p>It maps nothing, so that every read comes through it. The log holds what happened, in order,
 * and nothing that did not: of a write that fails, the part that happened. {@link CrashImages}
 * makes of it what a power cut might have left. Changes are made one at a time.
 *
 * <p>It plays the host's part in copying from other storages, too: to it that is a write.
 */
public final class FaultyStorage extends ForwardingStorage implements CopyTarget {
  private static final int NEVER = -1;

  /** One of this number of copies ends early, at the end of a sector, as a host's may. */
  private static final int CUT_SHORT = 4;

  private final Storage storage;
  private final PagedStorage initial;
  private final List<StorageOperation> log = new ArrayList<>();

  private int changesUntilFailure = NEVER;
  private Tear tear = Tear.nothing();
  private boolean staysBroken;
  private int readsUntilFailure = NEVER;
  private int flushesUntilFailure = NEVER;
  private @Nullable Enum<?> barrierLeftOut;
  private long end = Long.MAX_VALUE;
  private int failures;
  private int copies;
  private long copiedBytes;

  /** Null for no limit. */
  private @Nullable LimitedSpace space;

  /**
   * Creates a storage on another one, which is closed with it.
   *
   * @param storage the storage beneath, which nobody else writes
   */
  public FaultyStorage(Storage storage) throws IOException {
    super(storage);
    this.storage = storage;
    this.initial = PagedStorage.copyOf(storage);
  }

  /** Creates an empty storage in memory, which errors name {@code name}. */
  public static FaultyStorage inMemory(String name) throws IOException {
    return new FaultyStorage(new PagedStorage(name));
  }

  // The log

  /** Returns what the storage held before all that is in the log. */
  public PagedStorage initial() {
    return initial.copy(initial.name());
  }

  /** Returns what has been done so far. */
  public synchronized List<StorageOperation> log() {
    return List.copyOf(log);
  }

  /** Returns the number of operations in the log: now, as a point of a power cut. */
  public synchronized int operations() {
    return log.size();
  }

  /** Returns how many changes have failed so far, whether or not that was reported. */
  public synchronized int failures() {
    return failures;
  }

  /** Returns how many bytes were copied from other storages so far. */
  public synchronized long copiedBytes() {
    return copiedBytes;
  }

  // The faults

  /**
   * Makes one change fail, a flush being one.
   *
   * @param changes how many still succeed before
   */
  public FaultyStorage failAfter(int changes) {
    return failAfter(changes, Tear.nothing());
  }

  /**
   * Makes one change fail, a flush being one.
   *
   * @param changes how many still succeed before
   * @param part the part of it that is made, if it is a write
   */
  public synchronized FaultyStorage failAfter(int changes, Tear part) {
    changesUntilFailure = changes;
    tear = part;
    staysBroken = false;
    return this;
  }

  /**
   * Makes every change fail from some point on, a flush being one: what the file holds afterwards
   * is what a killed process leaves.
   *
   * @param changes how many still succeed before
   */
  public synchronized FaultyStorage breakAfter(int changes) {
    failAfter(changes);
    staysBroken = true;
    return this;
  }

  /**
   * Makes one read fail.
   *
   * @param reads how many still succeed before
   */
  public synchronized FaultyStorage failReadAfter(int reads) {
    readsUntilFailure = reads;
    return this;
  }

  /**
   * Makes one flush fail.
   *
   * @param flushes how many still succeed before
   */
  public synchronized FaultyStorage failFlushAfter(int flushes) {
    flushesUntilFailure = flushes;
    return this;
  }

  /**
   * Leaves out each barrier that comes after a step, so that a test can see that it is missed.
   *
   * @param step a format's step, or null to leave out none
   */
  public synchronized FaultyStorage leaveOutBarrier(@Nullable Enum<?> step) {
    barrierLeftOut = step;
    return this;
  }

  /** Makes the storage appear cut short to {@code size} bytes. */
  public synchronized FaultyStorage cutShort(long size) {
    end = size;
    return this;
  }

  /**
   * Leaves {@code bytes} bytes of space on the host. What is written already can be written again;
   * anything else needs space, in pages of 4 KiB, unless it was reserved.
   */
  public synchronized FaultyStorage limitSpace(long bytes) throws IOException {
    space = LimitedSpace.of(storage, bytes);
    return this;
  }

  /**
   * Leaves {@code bytes} bytes of space on the host, as {@link #limitSpace} does; but what was
   * reserved before needs none, though nothing is written there yet.
   */
  public synchronized FaultyStorage limitFurtherSpace(long bytes) throws IOException {
    space = LimitedSpace.of(storage, bytes).withReserved(log);
    return this;
  }

  /** Removes all faults that were asked for. */
  public synchronized FaultyStorage heal() {
    changesUntilFailure = NEVER;
    staysBroken = false;
    readsUntilFailure = NEVER;
    flushesUntilFailure = NEVER;
    end = Long.MAX_VALUE;
    space = null;
    return this;
  }

  // The storage

  @Override
  public synchronized long size() throws IOException {
    return Math.min(super.size(), end);
  }

  @Override
  protected void readUnmapped(long position, MemorySegment target) throws IOException {
    synchronized (this) {
      if (readsUntilFailure == 0) {
        readsUntilFailure = NEVER;
        throw new IOException(name() + ": reading at " + position + ": Input/output error");
      }
      readsUntilFailure -= readsUntilFailure == NEVER ? 0 : 1;
      if (checkRange(position, target.byteSize()) > end) {
        throw beyondEnd(position, target.byteSize());
      }
    }
    super.readUnmapped(position, target);
  }

  @Override
  public synchronized void write(long position, MemorySegment source) throws IOException {
    checkRange(position, source.byteSize());
    Write write = new Write(position, source.toArray(ValueLayout.JAVA_BYTE));
    if (fails()) {
      for (Write part : tear.of(write)) {
        apply(part);
      }
      throw failure(write);
    }
    long length = take(position, write.bytes().length, true);
    if (length == write.bytes().length) {
      apply(write);
    } else {
      for (Write part : Tear.firstBytes((int) length).of(write)) {
        apply(part);
      }
      throw noSpace(write);
    }
  }

  @Override
  public boolean canCopyFrom(Storage source) {
    return true;
  }

  @Override
  public synchronized long copyFrom(Storage source, long position, long targetPosition, long length)
      throws IOException {
    int wanted = Math.toIntExact(length);
    byte[] bytes = new byte[++copies % CUT_SHORT == 0 ? wanted / 2 & -Tear.SECTOR : wanted];
    source.read(position, MemorySegment.ofArray(bytes));
    write(targetPosition, MemorySegment.ofArray(bytes));
    copiedBytes += bytes.length;
    return bytes.length;
  }

  @Override
  public synchronized void zero(long position, long length, boolean giveBack) throws IOException {
    long reached = Math.min(checkRange(position, length), storage.size());
    Zero zero = new Zero(position, length, giveBack);
    orFail(zero);
    if (giveBack && space != null) {
      space.giveBack(position, reached);
    } else if (take(position, Math.max(reached - position, 0), false) < reached - position) {
      throw noSpace(zero);
    }
    apply(zero);
  }

  @Override
  public synchronized void reserve(long position, long length) throws IOException {
    checkRange(position, length);
    Reserve reserve = new Reserve(position, length);
    orFail(reserve);
    if (take(position, length, false) < length) {
      throw noSpace(reserve);
    }
    apply(reserve);
  }

  @Override
  public synchronized void resize(long size) throws IOException {
    checkRange(0, size);
    Resize resize = new Resize(size);
    orFail(resize);
    if (space != null) {
      space.giveBack(size, Long.MAX_VALUE);
    }
    apply(resize);
  }

  @Override
  public synchronized void flush(Enum<?> after) throws IOException {
    if (after != barrierLeftOut) {
      flush();
    }
  }

  @Override
  public synchronized void flush() throws IOException {
    Flush flush = new Flush();
    if (flushesUntilFailure == 0) {
      flushesUntilFailure = NEVER;
      throw failure(flush);
    }
    flushesUntilFailure -= flushesUntilFailure == NEVER ? 0 : 1;
    orFail(flush);
    apply(flush);
  }

  private void orFail(StorageOperation operation) throws IOException {
    if (fails()) {
      throw failure(operation);
    }
  }

  private boolean fails() {
    if (changesUntilFailure == 0) {
      changesUntilFailure = staysBroken ? 0 : NEVER;
      return true;
    }
    changesUntilFailure -= changesUntilFailure == NEVER ? 0 : 1;
    return false;
  }

  /** Takes space for a range; returns the number of bytes, from its start, that have it. */
  private long take(long position, long length, boolean partly) {
    return space == null ? length : space.take(position, length, partly);
  }

  private void apply(StorageOperation operation) throws IOException {
    operation.applyTo(storage);
    log.add(operation);
  }

  private IOException failure(StorageOperation operation) {
    failures++;
    return new IOException(name() + ": " + operation + ": Input/output error");
  }

  private IOException noSpace(StorageOperation operation) {
    failures++;
    return new IOException(name() + ": " + operation + ": No space left on device");
  }

  @Override
  public long nextData(long position) throws IOException {
    return Math.min(super.nextData(position), size());
  }

  @Override
  public long nextHole(long position) throws IOException {
    return Math.min(super.nextHole(position), size());
  }
}
