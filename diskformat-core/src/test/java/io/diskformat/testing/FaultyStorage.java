package io.diskformat.testing;

import io.diskformat.storage.Storage;
import io.diskformat.testing.StorageOperation.Flush;
import io.diskformat.testing.StorageOperation.Reserve;
import io.diskformat.testing.StorageOperation.Resize;
import io.diskformat.testing.StorageOperation.Write;
import io.diskformat.testing.StorageOperation.Zero;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * A storage on another one that keeps a log of what is done to it, and that fails when told to.
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
 */
public final class FaultyStorage extends Storage {
  private static final int NEVER = -1;

  private final Storage storage;
  private final PagedStorage initial;
  private final List<StorageOperation> log = new ArrayList<>();

  private int changesUntilFailure = NEVER;
  private Tear tear = Tear.nothing();
  private boolean staysBroken;
  private int readsUntilFailure = NEVER;
  private int flushesUntilFailure = NEVER;
  private long end = Long.MAX_VALUE;
  private int failures;

  /** How many pages may still be taken, and which ones are; null for no limit. */
  private long pagesLeft;

  private @Nullable BitSet pagesTaken;

  /**
   * Creates a storage on another one, which is closed with it.
   *
   * @param storage one that nobody else writes
   */
  public FaultyStorage(Storage storage) throws IOException {
    this.storage = storage;
    this.initial = PagedStorage.copyOf(storage);
  }

  /** Creates an empty storage that errors call {@code name}. */
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

  /** Returns how many operations are in the log: the present, as a point of a power cut. */
  public synchronized int operations() {
    return log.size();
  }

  /** Returns how many changes have failed so far, whether or not anybody minded. */
  public synchronized int failures() {
    return failures;
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
   * @param part what happens all the same, if it is a write
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

  /** Makes the storage look as if somebody had cut its file short to {@code size} bytes. */
  public synchronized FaultyStorage cutShort(long size) {
    end = size;
    return this;
  }

  /**
   * Leaves only so much space on the host. What is written already can be written again; anything
   * else needs space, in pages of 4 KiB, unless it was reserved.
   */
  public synchronized FaultyStorage limitSpace(long bytes) throws IOException {
    pagesLeft = bytes / PagedStorage.PAGE;
    pagesTaken = new BitSet();
    long size = storage.size();
    for (long at = storage.nextData(0); at < size; ) {
      long hole = storage.nextHole(at);
      pagesTaken.set(pageOf(at), pageOf(hole - 1) + 1);
      at = storage.nextData(hole);
    }
    return this;
  }

  /** Undoes all faults that were told to happen. */
  public synchronized FaultyStorage heal() {
    changesUntilFailure = NEVER;
    staysBroken = false;
    readsUntilFailure = NEVER;
    flushesUntilFailure = NEVER;
    end = Long.MAX_VALUE;
    pagesTaken = null;
    return this;
  }

  // The storage

  @Override
  public String name() {
    return storage.name();
  }

  @Override
  public Optional<Path> path() {
    return storage.path();
  }

  @Override
  public boolean isWritable() {
    return storage.isWritable();
  }

  @Override
  public synchronized long size() throws IOException {
    return Math.min(storage.size(), end);
  }

  @Override
  public OptionalLong allocatedSize() throws IOException {
    return storage.allocatedSize();
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
    storage.read(position, target);
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
  public synchronized void zero(long position, long length, boolean giveBack) throws IOException {
    long reached = Math.min(checkRange(position, length), storage.size());
    Zero zero = new Zero(position, length, giveBack);
    orFail(zero);
    if (giveBack && pagesTaken != null) {
      long first = position + PagedStorage.PAGE - 1 & -PagedStorage.PAGE;
      giveBack(first, reached & -PagedStorage.PAGE);
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
    if (pagesTaken != null) {
      giveBack(size + PagedStorage.PAGE - 1 & -PagedStorage.PAGE, Long.MAX_VALUE);
    }
    apply(resize);
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

  /**
   * Takes the pages of a range.
   *
   * @param partly whether as much is taken as there is, or nothing if there is too little
   * @return of how many bytes of the range the pages are taken
   */
  private long take(long position, long length, boolean partly) {
    if (pagesTaken == null || length == 0) {
      return length;
    }
    int first = pageOf(position);
    int last = pageOf(position + length - 1);
    BitSet wanted = new BitSet();
    wanted.set(first, last + 1);
    wanted.andNot(pagesTaken);
    if (wanted.cardinality() <= pagesLeft) {
      pagesLeft -= wanted.cardinality();
      pagesTaken.or(wanted);
      return length;
    }
    if (!partly) {
      return 0;
    }
    for (int page = first; ; page++) {
      if (!pagesTaken.get(page)) {
        if (pagesLeft == 0) {
          return Math.max((long) page * PagedStorage.PAGE - position, 0);
        }
        pagesLeft--;
        pagesTaken.set(page);
      }
    }
  }

  private void giveBack(long start, long limit) {
    int first = pageOf(start);
    int last = (int) Math.min(limit / PagedStorage.PAGE, pagesTaken.length());
    if (first < last) {
      pagesLeft += pagesTaken.get(first, last).cardinality();
      pagesTaken.clear(first, last);
    }
  }

  private static int pageOf(long position) {
    return Math.toIntExact(position / PagedStorage.PAGE);
  }

  @Override
  public long nextData(long position) throws IOException {
    return Math.min(storage.nextData(position), size());
  }

  @Override
  public long nextHole(long position) throws IOException {
    return Math.min(storage.nextHole(position), size());
  }

  @Override
  public void willRead(long position, long length) {
    storage.willRead(position, length);
  }

  @Override
  protected void release() throws IOException {
    storage.close();
  }
}
