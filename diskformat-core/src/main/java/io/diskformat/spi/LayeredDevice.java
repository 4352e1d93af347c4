package io.diskformat.spi;

import io.diskformat.BlockDevice;
import io.diskformat.CorruptImageException;
import io.diskformat.Extent;
import io.diskformat.ExtentCursor;
import io.diskformat.ImageClosedException;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.storage.Faults;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The engine that all mapped formats share: a {@link GuestMap} says where the bytes are, this moves
 * them. One layer of a chain: what the map does not record is read from the device below.
 *
 * <p>A read of stored data makes no object and takes no lock. Where a stored unit runs past the end
 * of its file, the rest reads as zeroes, as in QEMU; where it begins there, the image was cut
 * short, and that is told.
 */
public class LayeredDevice implements BlockDevice {
  private static final int OPTIMISTIC_ATTEMPTS = 8;

  private final String name;
  private volatile long size;
  private final GuestMap map;
  private final long unitMask;
  private final Storage data;
  private final @Nullable BlockDevice below;
  private final UnitCache decompressed;
  private final ReadAhead readAhead = new ReadAhead();
  private final ReadAhead.Fetcher fetcher = this::fetch;
  private final @Nullable WriteEngine writing;
  private final Object closing = new Object();
  private volatile boolean closed;

  /**
   * Creates a device.
   *
   * @param name by which errors call it
   * @param size of the disk, in bytes
   * @param map where its bytes are
   * @param data what the map's positions are positions in; not closed with this device
   * @param below read where the map records nothing, zeroes being read beyond its end; null for
   *     zeroes; not closed with this device
   */
  public LayeredDevice(
      String name, long size, GuestMap map, Storage data, @Nullable BlockDevice below) {
    this(name, size, map, data, below, null);
  }

  /**
   * Creates a device that can be written.
   *
   * @param writer says where; null if the device cannot be written
   */
  @SuppressWarnings("this-escape") // the fetcher and the write engine use it only once it is whole
  protected LayeredDevice(
      String name,
      long size,
      GuestMap map,
      Storage data,
      @Nullable BlockDevice below,
      @Nullable MapWriter writer) {
    this.name = name;
    this.size = size;
    this.map = map;
    this.unitMask = map.unit() - 1;
    this.data = data;
    this.below = below;
    this.decompressed = new UnitCache(map.compressedUnit());
    this.writing = writer == null ? null : new WriteEngine(this, map, writer, data, below);
  }

  @Override
  public final long size() {
    return size;
  }

  @Override
  public final boolean isWritable() {
    return writing != null;
  }

  // Reading

  @Override
  public final void read(long offset, MemorySegment target) throws IOException {
    long length = target.byteSize();
    Objects.checkFromIndexSize(offset, length, size);
    checkOpen();
    if (writing == null) {
      readOnce(offset, target, length);
    } else {
      readBesideWriters(writing, offset, target, length);
    }
    readAhead.note(offset, length, size, fetcher);
  }

  private IOException failure(Throwable failure, String what) {
    // What the map reads from need not be what the data is read from, but is closed with it.
    return closed && failure instanceof IllegalStateException
        ? new ImageClosedException(name)
        : Faults.translate(failure, data, what);
  }

  private void fetch(long offset, long length) {
    try {
      willRead(offset, length);
    } catch (IOException e) {
      // Nobody asked for these bytes yet; whoever does is told.
    }
  }

  private void readOnce(long offset, MemorySegment target, long length) throws IOException {
    try {
      try {
        copyOut(offset, target, length);
      } finally {
        Faults.fence();
      }
    } catch (InternalError | IllegalStateException e) {
      throw failure(e, "reading the disk at " + offset);
    }
  }

  /**
   * Reads again if meanwhile somebody wrote there, so that no sector is seen half written; or if a
   * place that was looked up may have been put to another use, as what was copied from it, or
   * decompressed, or taken for a table, may then be anything.
   */
  private void readBesideWriters(
      WriteEngine writing, long offset, MemorySegment target, long length) throws IOException {
    if (length == 0) {
      return;
    }
    long locks = writing.locksOf(offset, length);
    for (int attempt = 0; attempt < OPTIMISTIC_ATTEMPTS; attempt++) {
      long stamps = writing.stamps(locks);
      if (stamps == UnitLocks.BUSY) {
        Thread.onSpinWait();
        continue;
      }
      long epoch = writing.epoch();
      try {
        readOnce(offset, target, length);
      } catch (IOException e) {
        if (writing.epoch() == epoch && writing.stamps(locks) == stamps) {
          throw e;
        }
        continue;
      }
      // The copies above must not be made after the numbers are looked at again.
      VarHandle.acquireFence();
      if (writing.epoch() == epoch && writing.stamps(locks) == stamps) {
        return;
      }
    }
    writing.lockForReading(locks);
    try {
      readOnce(offset, target, length);
    } finally {
      writing.unlockForReading(locks);
    }
  }

  /** Fills {@code target}'s first {@code length} bytes; within {@link Faults}' protocol. */
  final void copyOut(long offset, MemorySegment target, long length) throws IOException {
    long done = 0;
    long location = length == 0 ? 0 : map.locate(offset);
    while (done < length) {
      int kind = Location.kind(location);
      long run = Math.min(unitMask + 1 - (offset + done & unitMask), length - done);
      if (kind == Location.DATA) {
        // Units that are stored one after the other are copied as one.
        long next = 0;
        while (done + run < length && (next = map.locate(offset + done + run)) == location + run) {
          run += Math.min(unitMask + 1, length - done - run);
        }
        copyData(offset + done, Location.position(location), target, done, run);
        location = next;
      } else {
        if (kind == Location.COMPRESSED) {
          run = copyDecompressed(offset + done, location, target, done, length - done);
        } else if (kind == Location.HOLE || kind == Location.RESERVED_HOLE) {
          if (kind == Location.HOLE) {
            run = Math.min(map.holeLength(offset + done), length - done);
          }
          copyBelow(offset + done, target.asSlice(done, run));
        } else {
          target.asSlice(done, run).fill((byte) 0);
        }
        location = done + run < length ? map.locate(offset + done + run) : 0;
      }
      done += run;
    }
  }

  private void copyData(
      long offset, long position, MemorySegment target, long targetOffset, long length)
      throws IOException {
    MemorySegment mapped = data.mapped();
    if (position <= mapped.byteSize() - length) {
      MemorySegment.copy(mapped, position, target, targetOffset, length);
    } else {
      copyUnmappedData(offset, position, target, targetOffset, length);
    }
  }

  private void copyUnmappedData(
      long offset, long position, MemorySegment target, long targetOffset, long length)
      throws IOException {
    long fileSize = data.size();
    // Units are judged whole, so that it does not matter in which pieces they are read.
    long lastUnit = position + length - 1 - (offset + length - 1 & unitMask);
    if (lastUnit >= fileSize) {
      throw new CorruptImageException(
          name,
          "data",
          lastUnit,
          "is beyond the end of the file, which has " + fileSize + " bytes: was it cut short?");
    }
    long available = Math.clamp(fileSize - position, 0, length);
    if (available > 0) {
      data.readUnfenced(position, target, targetOffset, available);
    }
    target.asSlice(targetOffset + available, length - available).fill((byte) 0);
  }

  private long copyDecompressed(
      long offset, long location, MemorySegment target, long targetOffset, long length)
      throws IOException {
    // What was decompressed at another epoch may have been another unit's.
    long epoch = writing == null ? 0 : writing.epoch();
    byte[] unit = decompressed.get(location, epoch);
    if (unit == null) {
      unit = new byte[(int) map.compressedUnit()];
      map.decompress(offset, unit);
      decompressed.put(location, epoch, unit);
    }
    long from = offset & unit.length - 1;
    long run = Math.min(unit.length - from, length);
    MemorySegment.copy(MemorySegment.ofArray(unit), from, target, targetOffset, run);
    return run;
  }

  private void copyBelow(long offset, MemorySegment target) throws IOException {
    long available = below == null ? 0 : Math.clamp(below.size() - offset, 0, target.byteSize());
    if (below != null && available > 0) {
      below.read(offset, target.asSlice(0, available));
    }
    target.asSlice(available).fill((byte) 0);
  }

  @Override
  public final void willRead(long offset, long length) throws IOException {
    Objects.checkFromIndexSize(offset, length, size);
    checkOpen();
    try {
      try {
        adviseData(offset, offset + length);
      } finally {
        Faults.fence();
      }
    } catch (InternalError | IllegalStateException e) {
      throw failure(e, "looking up the disk at " + offset);
    }
  }

  /** Tells the storage of each run of data, and the device below of each hole; makes no objects. */
  private void adviseData(long start, long end) throws IOException {
    long runStart = 0;
    long runEnd = -1;
    for (long at = start; at < end; ) {
      long location = map.locate(at);
      int kind = Location.kind(location);
      long length = Math.min(map.unit() - (at & unitMask), end - at);
      if (kind == Location.DATA) {
        long position = Location.position(location);
        if (position != runEnd) {
          advise(runStart, runEnd);
          runStart = position;
        }
        runEnd = position + length;
      } else if (kind == Location.HOLE) {
        length = Math.min(map.holeLength(at), end - at);
        if (below != null && at < below.size()) {
          below.willRead(at, Math.min(length, below.size() - at));
        }
      }
      at += length;
    }
    advise(runStart, runEnd);
  }

  private void advise(long start, long end) {
    if (start < end) {
      data.willRead(start, end - start);
    }
  }

  // Extents

  @Override
  public final ExtentCursor extents(long offset, long length) throws IOException {
    Objects.checkFromIndexSize(offset, length, size);
    checkOpen();
    ExtentCursor here = extentsOfThisLayer(offset, length, map.expectsHostHoles());
    return below == null ? here : new ExtentMerger(new ChainCursor(here, below));
  }

  private ExtentCursor extentsOfThisLayer(long offset, long length, boolean askHost) {
    ExtentCursor runs = new ExtentMerger(new UnitCursor(offset, offset + length));
    return askHost ? new ExtentMerger(new HostHoleCursor(runs, data)) : runs;
  }

  /** Yields a unit's worth at a time of what the map records. */
  private final class UnitCursor implements ExtentCursor {
    private final long end;
    private long at;

    UnitCursor(long start, long end) {
      this.at = start;
      this.end = end;
    }

    @Override
    public @Nullable Extent next() throws IOException {
      if (at >= end) {
        return null;
      }
      checkOpen();
      Extent extent;
      try {
        try {
          extent = locate(at);
        } finally {
          Faults.fence();
        }
      } catch (InternalError | IllegalStateException e) {
        throw failure(e, "looking up the disk at " + at);
      }
      at = extent.end();
      return extent;
    }

    private Extent locate(long offset) throws IOException {
      long location = map.locate(offset);
      int kind = Location.kind(location);
      long run =
          switch (kind) {
            case Location.HOLE -> map.holeLength(offset);
            case Location.COMPRESSED -> map.compressedUnit() - (offset & map.compressedUnit() - 1);
            default -> map.unit() - (offset & unitMask);
          };
      boolean placed = Location.hasPosition(kind);
      return new Extent(
          offset,
          Math.min(run, end - offset),
          switch (kind) {
            case Location.HOLE, Location.RESERVED_HOLE -> Extent.Kind.HOLE;
            case Location.ZERO, Location.RESERVED_ZERO -> Extent.Kind.ZERO;
            default -> Extent.Kind.DATA;
          },
          kind != Location.DATA && kind != Location.COMPRESSED,
          kind == Location.COMPRESSED,
          0,
          placed ? Location.position(location) : -1,
          placed ? data.name() : null);
    }
  }

  // Writing

  @Override
  public final void write(long offset, MemorySegment source) throws IOException {
    Objects.checkFromIndexSize(offset, source.byteSize(), size);
    writing().write(offset, source);
  }

  @Override
  public final void writeZeroes(long offset, long length) throws IOException {
    Objects.checkFromIndexSize(offset, length, size);
    writing().zero(offset, length);
  }

  @Override
  public final void discard(long offset, long length) throws IOException {
    Objects.checkFromIndexSize(offset, length, size);
    writing().discard(offset, length);
  }

  @Override
  public final void flush() throws IOException {
    checkOpen();
    if (writing != null) {
      writing.flush();
    }
  }

  /** The compressed form of {@link #write}: see {@link io.diskformat.DiskImage#writeCompressed}. */
  public final void writeCompressed(long offset, MemorySegment source) throws IOException {
    long length = source.byteSize();
    Objects.checkFromIndexSize(offset, length, size);
    long mask = map.compressedUnit() - 1;
    if ((offset & mask) != 0 || ((length & mask) != 0 && offset + length != size)) {
      throw new IllegalArgumentException(
          "not whole clusters of " + (mask + 1) + " bytes: " + length + " bytes at " + offset);
    }
    writing().writeCompressed(offset, source);
  }

  private WriteEngine writing() throws ImageClosedException {
    checkOpen();
    if (writing == null) {
      throw new UnsupportedOperationException(name + ": not opened for writing");
    }
    return writing;
  }

  /**
   * Runs a change of the image that no other change nor flush may run beside.
   *
   * @param change what is done; returns the size that the disk then has, in bytes
   * @throws UnsupportedOperationException if the device is not writable
   * @throws IOException if the device is closed, or what {@code change} throws
   */
  protected final void change(SizeChange change) throws IOException {
    writing().exclusively(() -> size = change.run());
  }

  /** A change of the image. */
  @FunctionalInterface
  protected interface SizeChange {
    /** Makes the change, and returns the size of the disk in bytes. */
    long run() throws IOException;
  }

  // Closing

  /** Throws if this device is closed. */
  protected final void checkOpen() throws ImageClosedException {
    if (closed) {
      throw new ImageClosedException(name);
    }
  }

  /** Ends writing, and closes what belongs to this device. Once closed, does nothing. */
  @Override
  public final void close() throws IOException {
    synchronized (closing) {
      if (closed) {
        return;
      }
      try {
        if (writing != null) {
          writing.finish();
        }
      } finally {
        closed = true;
        release();
      }
    }
  }

  /** Closes what belongs to this device, all of it even if some of it fails. Called once. */
  protected void release() throws IOException {}

  /** Returns the name by which errors call this device. */
  @Override
  public final String toString() {
    return name;
  }

  /** Returns the exception that names a feature this library does not support. */
  protected final UnsupportedFeatureException unsupported(String feature) {
    return new UnsupportedFeatureException(name, feature);
  }
}
