package io.diskformat.spi;

import io.diskformat.BlockDevice;
import io.diskformat.spi.MapWriter.Placement;
import io.diskformat.storage.Faults;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;

/**
 * The writing half of a {@link LayeredDevice}: a {@link MapWriter} says where bytes may be written,
 * this moves them, copying what a cluster keeps when it is moved.
 *
 * <p>Two kinds of locks. A flush excludes every change of tables ({@code tables}, held shared by
 * who changes them). And a cluster is written by one thread at a time ({@code units}). The first is
 * taken before the second. Overwriting in place changes no table, and so goes on beside a flush.
 * Readers take neither, unless writers keep getting in their way.
 */
final class WriteEngine {
  /** How many clusters are dealt with under one set of locks. */
  private static final int PIECE = 32;

  private static final int ALIGNMENT = 4096;
  private static final long ZEROES = 256 << 10;

  private final LayeredDevice device;
  private final GuestMap map;
  private final MapWriter writer;
  private final Storage data;
  private final @Nullable BlockDevice below;
  private final long unit;
  private final long cluster;
  private final int clusterBits;
  private final UnitLocks units = new UnitLocks();
  private final ReentrantReadWriteLock tables = new ReentrantReadWriteLock();
  private final ArrayBlockingQueue<MemorySegment> idleBuffers = new ArrayBlockingQueue<>(4);
  private final ArrayBlockingQueue<CompressionBuffers> idleCompression =
      new ArrayBlockingQueue<>(8);

  WriteEngine(
      LayeredDevice device,
      GuestMap map,
      MapWriter writer,
      Storage data,
      @Nullable BlockDevice below) {
    this.device = device;
    this.map = map;
    this.writer = writer;
    this.data = data;
    this.below = below;
    this.unit = map.unit();
    this.cluster = map.compressedUnit();
    this.clusterBits = Long.numberOfTrailingZeros(cluster);
  }

  long epoch() {
    return writer.epoch();
  }

  /**
   * Returns the set of locks of a range's clusters. For a reader who does not hold them but looks
   * at their {@link #stamps}.
   */
  long locksOf(long offset, long length) {
    return UnitLocks.of(offset >>> clusterBits, (offset + length - 1) >>> clusterBits);
  }

  /** See {@link UnitLocks#stamps}. */
  long stamps(long locks) {
    return units.stamps(locks);
  }

  /** Keeps a range's clusters from being written, and freed places from being used again. */
  void lockForReading(long locks) {
    tables.readLock().lock();
    units.lockShared(locks);
  }

  void unlockForReading(long locks) {
    units.unlockShared(locks);
    tables.readLock().unlock();
  }

  // Writing

  void write(long offset, MemorySegment source) throws IOException {
    writer.beforeChange();
    long length = source.byteSize();
    for (long done = 0; done < length; ) {
      done += overwrite(offset + done, source, done, length - done);
      if (done < length) {
        done += allocate(offset + done, source, done, length - done);
        flushIfWanted();
      }
    }
  }

  /** Writes as much as can be written in place without interruption; returns how much that was. */
  private long overwrite(long offset, MemorySegment source, long from, long length)
      throws IOException {
    long piece = piece(offset, length);
    long locks = UnitLocks.of(offset >>> clusterBits, (offset + piece - 1) >>> clusterBits);
    units.lockExclusive(locks);
    try {
      try {
        return overwriteLocked(offset, source, from, piece);
      } finally {
        Faults.fence();
      }
    } catch (InternalError | IllegalStateException e) {
      throw Faults.translate(e, data, "writing the disk at " + offset);
    } finally {
      units.unlockExclusive(locks);
    }
  }

  private long overwriteLocked(long offset, MemorySegment source, long from, long length)
      throws IOException {
    long done = 0;
    while (done < length) {
      long position = inPlace(offset + done);
      if (position < 0) {
        break;
      }
      long run = Math.min(unit - ((offset + done) & (unit - 1)), length - done);
      while (done + run < length && inPlace(offset + done + run) == position + run) {
        run += Math.min(unit, length - done - run);
      }
      data.overwrite(position, source, from + done, run);
      done += run;
    }
    return done;
  }

  /**
   * Looks up where a byte may be overwritten. A flush may go on meanwhile: what was looked up while
   * tables were being written out, or their places put to another use, may be anything, and is
   * looked up again. Then it stays right, since its cluster is locked.
   */
  private long inPlace(long offset) throws IOException {
    while (true) {
      long epoch = writer.epoch();
      try {
        long position = writer.inPlace(offset);
        VarHandle.acquireFence();
        if (writer.epoch() == epoch) {
          return position;
        }
      } catch (IOException e) {
        if (writer.epoch() == epoch) {
          throw e;
        }
      }
    }
  }

  /** The rest of the range up to the end of the {@link #PIECE}th cluster from its first. */
  private long piece(long offset, long length) {
    long limit = (offset & -cluster) + PIECE * cluster - offset;
    return Math.min(length, limit);
  }

  /**
   * Writes as much as one placement takes; returns how much, or 0 if it can now be written in
   * place.
   */
  private long allocate(long offset, MemorySegment source, long from, long length)
      throws IOException {
    long piece = piece(offset, length);
    long locks = UnitLocks.of(offset >>> clusterBits, (offset + piece - 1) >>> clusterBits);
    tables.readLock().lock();
    units.lockExclusive(locks);
    try {
      try {
        return allocateLocked(offset, source, from, piece);
      } finally {
        Faults.fence();
      }
    } catch (InternalError | IllegalStateException e) {
      throw Faults.translate(e, data, "writing the disk at " + offset);
    } finally {
      units.unlockExclusive(locks);
      tables.readLock().unlock();
    }
  }

  private long allocateLocked(long offset, MemorySegment source, long from, long length)
      throws IOException {
    if (writer.inPlace(offset) >= 0) {
      return 0;
    }
    long first = offset & -cluster;
    Placement placement = writer.place(first, clustersNotInPlace(first, offset + length));
    long end = Math.min(offset + length, first + placement.clusters() * cluster);
    boolean linked = false;
    try {
      fill(placement, first, offset, source.asSlice(from, end - offset));
      linked = true;
    } finally {
      if (!linked) {
        writer.abandon(placement);
      }
    }
    return end - offset;
  }

  private int clustersNotInPlace(long first, long end) throws IOException {
    int count = 1;
    while (first + count * cluster < end && writer.inPlace(first + count * cluster) < 0) {
      count++;
    }
    return count;
  }

  /** Writes {@code source} and what its units keep around it into a placement, and links that. */
  private void fill(Placement placement, long first, long offset, MemorySegment source)
      throws IOException {
    long end = offset + source.byteSize();
    long hullStart = offset & -unit;
    long hullEnd = end + unit - 1 & -unit;
    if (placement.moved() && unit < cluster) {
      long limit = first + placement.clusters() * cluster;
      hullStart = firstStored(first, hullStart);
      hullEnd = lastStored(hullEnd, limit);
    }
    boolean head = mustCopy(placement, hullStart, offset);
    boolean tail = mustCopy(placement, end, hullEnd);
    long base = placement.position() - first;
    if (hullEnd - hullStart <= cluster && (head || tail)) {
      writeAssembled(base, hullStart, offset, source, hullEnd);
    } else {
      if (head) {
        copy(base, hullStart, offset);
      }
      data.overwrite(base + offset, source, 0, source.byteSize());
      if (tail) {
        copy(base, end, hullEnd);
      }
    }
    Faults.fence();
    writer.link(hullStart, hullEnd - hullStart, first, placement);
  }

  private boolean mustCopy(Placement placement, long start, long end) throws IOException {
    return start < end && !(placement.zeroed() && readsZeroes(start, end));
  }

  /**
   * Returns where the first unit from {@code start} on begins that is stored, at most {@code end}.
   */
  private long firstStored(long start, long end) throws IOException {
    long at = start;
    while (at < end && !isStored(at)) {
      at += unit;
    }
    return at;
  }

  /** Returns where the last unit before {@code end} ends that is stored, at least {@code start}. */
  private long lastStored(long start, long end) throws IOException {
    long at = end;
    while (at > start && !isStored(at - unit)) {
      at -= unit;
    }
    return at;
  }

  private boolean isStored(long offset) throws IOException {
    if (offset >= device.size()) {
      return false;
    }
    int kind = Location.kind(map.locate(offset));
    return kind == Location.DATA || kind == Location.COMPRESSED;
  }

  /** Returns whether a range is known to read as zeroes, without reading it. */
  private boolean readsZeroes(long start, long end) throws IOException {
    long limit = Math.min(end, device.size());
    for (long at = start; at < limit; at = (at & -unit) + unit) {
      switch (Location.kind(map.locate(at))) {
        case Location.DATA, Location.COMPRESSED -> {
          return false;
        }
        case Location.HOLE, Location.RESERVED_HOLE -> {
          if (below != null && at < below.size()) {
            return false;
          }
        }
        default -> {}
      }
    }
    return true;
  }

  private void writeAssembled(long base, long start, long offset, MemorySegment source, long end)
      throws IOException {
    MemorySegment buffer = takeBuffer();
    try {
      MemorySegment whole = buffer.asSlice(0, end - start);
      readNow(start, whole.asSlice(0, offset - start));
      MemorySegment.copy(source, 0, whole, offset - start, source.byteSize());
      long sourceEnd = offset + source.byteSize();
      readNow(sourceEnd, whole.asSlice(sourceEnd - start));
      data.overwrite(base + start, whole, 0, whole.byteSize());
    } finally {
      giveBackBuffer(buffer);
    }
  }

  private void copy(long base, long start, long end) throws IOException {
    MemorySegment buffer = takeBuffer();
    try {
      for (long at = start; at < end; at += cluster) {
        MemorySegment part = buffer.asSlice(0, Math.min(cluster, end - at));
        readNow(at, part);
        data.overwrite(base + at, part, 0, part.byteSize());
      }
    } finally {
      giveBackBuffer(buffer);
    }
  }

  /** Reads what the disk holds now; what is past its end, within its last cluster, is zero. */
  private void readNow(long offset, MemorySegment target) throws IOException {
    long available = Math.clamp(device.size() - offset, 0, target.byteSize());
    device.copyOut(offset, target, available);
    target.asSlice(available).fill((byte) 0);
  }

  private MemorySegment takeBuffer() {
    MemorySegment buffer = idleBuffers.poll();
    return buffer != null ? buffer : Arena.ofAuto().allocate(cluster, ALIGNMENT);
  }

  private void giveBackBuffer(MemorySegment buffer) {
    // If enough are kept already, this one is garbage.
    var _ = idleBuffers.offer(buffer);
  }

  /** Writes whole clusters compressed, or plain where that is no gain. */
  void writeCompressed(long offset, MemorySegment source) throws IOException {
    writer.beforeChange();
    CompressionBuffers idle = idleCompression.poll();
    CompressionBuffers buffers =
        idle != null ? idle : new CompressionBuffers(Math.toIntExact(cluster));
    for (long done = 0; done < source.byteSize(); done += cluster) {
      long length = Math.min(cluster, source.byteSize() - done);
      writeCompressed(offset + done, source.asSlice(done, length), buffers);
      // Between the clusters, so that one long write cannot gather changes without limit.
      flushIfWanted();
    }
    // If enough are kept already, these are garbage.
    var _ = idleCompression.offer(buffers);
  }

  /** No lock is held while the cluster is compressed. */
  private void writeCompressed(long offset, MemorySegment source, CompressionBuffers buffers)
      throws IOException {
    long length = source.byteSize();
    MemorySegment plain = MemorySegment.ofArray(buffers.plain);
    MemorySegment.copy(source, 0, plain, 0, length);
    plain.asSlice(length).fill((byte) 0);
    int compressed = writer.compress(buffers.plain, buffers.stream);
    if (compressed == 0) {
      write(offset, source);
      return;
    }
    MemorySegment stream = MemorySegment.ofArray(buffers.stream).asSlice(0, compressed);
    var _ =
        change(
            offset,
            cluster,
            (at, _) -> {
              writer.linkCompressed(at, stream);
              return true;
            });
  }

  /** A cluster and what it is compressed to. */
  private static final class CompressionBuffers {
    final byte[] plain;
    final byte[] stream;

    CompressionBuffers(int cluster) {
      plain = new byte[cluster];
      stream = new byte[cluster];
    }
  }

  // Zeroing and discarding

  /** What is done to whole units, under their locks; returns whether it could be done. */
  @FunctionalInterface
  private interface UnitAction {
    boolean on(long offset, long length) throws IOException;
  }

  void zero(long offset, long length) throws IOException {
    writer.beforeChange();
    long end = offset + length;
    long first = offset + unit - 1 & -unit;
    long last = end == device.size() ? end + unit - 1 & -unit : end & -unit;
    if (first >= last) {
      writeZeroes(offset, end);
    } else {
      writeZeroes(offset, Math.min(first, end));
      for (long at = first; at < last; ) {
        long part = piece(at, last - at);
        if (!change(at, part, writer::zero)) {
          writeZeroes(at, Math.min(at + part, end));
        }
        at += part;
        flushIfWanted();
      }
      writeZeroes(Math.min(last, end), end);
    }
  }

  void discard(long offset, long length) throws IOException {
    writer.beforeChange();
    long end = offset + length;
    long first = offset + cluster - 1 & -cluster;
    long last = end == device.size() ? end + cluster - 1 & -cluster : end & -cluster;
    for (long at = first; at < last; ) {
      long part = piece(at, last - at);
      if (!change(at, part, writer::discard)) {
        return;
      }
      at += part;
      flushIfWanted();
    }
  }

  private boolean change(long offset, long length, UnitAction action) throws IOException {
    long locks = UnitLocks.of(offset >>> clusterBits, (offset + length - 1) >>> clusterBits);
    tables.readLock().lock();
    units.lockExclusive(locks);
    try {
      try {
        return action.on(offset, length);
      } finally {
        Faults.fence();
      }
    } catch (InternalError | IllegalStateException e) {
      throw Faults.translate(e, data, "changing the disk at " + offset);
    } finally {
      units.unlockExclusive(locks);
      tables.readLock().unlock();
    }
  }

  /** Writes zeroes where the range is not known to hold nothing else. */
  private void writeZeroes(long start, long end) throws IOException {
    MemorySegment zeroes = null;
    for (long at = start; at < end; ) {
      // Up to a multiple of it, so that no sector is written in two parts, one of which may be
      // lost.
      long part = Math.min(ZEROES - (at & (ZEROES - 1)), end - at);
      if (!readsZeroes(at, at + part)) {
        if (zeroes == null) {
          zeroes = MemorySegment.ofArray(new byte[(int) Math.min(ZEROES, end - start)]);
        }
        write(at, zeroes.asSlice(0, part));
      }
      at += part;
    }
  }

  // Durability

  void flush() throws IOException {
    tables.writeLock().lock();
    try {
      writer.flush();
    } finally {
      tables.writeLock().unlock();
    }
  }

  private void flushIfWanted() throws IOException {
    if (writer.wantsFlush()) {
      flush();
    }
  }

  /** A change that nothing else may run beside. */
  @FunctionalInterface
  interface Change {
    void run() throws IOException;
  }

  void finish() throws IOException {
    exclusively(writer::finish);
  }

  void exclusively(Change change) throws IOException {
    tables.writeLock().lock();
    // What is overwritten in place is no change of tables, but may be in what is moved now.
    units.lockExclusive(UnitLocks.ALL);
    try {
      change.run();
    } finally {
      units.unlockExclusive(UnitLocks.ALL);
      tables.writeLock().unlock();
    }
  }
}
