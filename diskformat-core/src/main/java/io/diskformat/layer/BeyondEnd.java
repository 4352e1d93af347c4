package io.diskformat.layer;

import io.diskformat.BlockDevice;
import io.diskformat.Extent;
import io.diskformat.ExtentCursor;
import io.diskformat.ProgressListener;
import io.diskformat.layer.MapWriter.Placement;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Makes the part of a disk beyond its end read as zeroes before the disk grows. It might hold the
 * content of a longer disk below, the rest of the last cluster, or clusters beyond the end that
 * another tool left. It is zeroed while the old size still hides it, so that nobody sees a change.
 * Nothing else uses the disk meanwhile, and the caller keeps {@link io.diskformat.storage.Faults}'
 * protocol.
 */
public final class BeyondEnd {
  /** The largest piece that is read in search of zeroes, in bytes. */
  private static final int BUFFER = 256 << 10;

  /**
   * The largest number of clusters that are changed before {@link MapWriter#wantsFlush()} is asked
   * again.
   */
  private static final int CLUSTERS = 1024;

  private final MapWriter writer;
  private final Storage data;
  private final String name;
  private final long unit;
  private final long cluster;
  private final long oldSize;
  private final long newSize;

  /** The disk with its new size; it needs no locks, because nothing runs beside a resize. */
  private final LayeredDevice grown;

  /** The offset from which on the disk reads as zeroes anyway. */
  private final long shown;

  /**
   * Creates an object for a disk that is to grow.
   *
   * @param name the name of the image in error messages
   * @param map where the bytes of the disk are stored
   * @param writer changes that
   * @param data the storage that the map's positions belong to
   * @param oldSize the size of the disk, in bytes
   * @param newSize the size to which it is to grow, in bytes
   * @param shown the offset from which on the grown disk reads as zeroes anyway, because tables
   *     that are yet to be added are empty
   * @param below the device below, or null if there is none
   */
  public BeyondEnd(
      String name,
      GuestMap map,
      MapWriter writer,
      Storage data,
      long oldSize,
      long newSize,
      long shown,
      @Nullable BlockDevice below) {
    this.name = name;
    this.writer = writer;
    this.data = data;
    this.unit = map.unit();
    this.cluster = map.compressedUnit();
    this.oldSize = oldSize;
    this.newSize = newSize;
    this.grown = new LayeredDevice(name, newSize, map, data, below);
    this.shown = Math.min(newSize, shown);
  }

  /**
   * Zeroes all that would be visible beyond the end. Flushes if much has changed, so that the
   * changes take bounded memory.
   *
   * @param listener gets the offset up to which the disk is ready, and its new size
   * @throws InterruptedIOException if the calling thread is interrupted
   */
  public void makeZero(ProgressListener listener) throws IOException {
    zeroRestOfLastCluster();
    long start = roundUp(oldSize);
    if (start < shown) {
      ExtentCursor extents = grown.extents(start, shown - start);
      for (Extent extent; (extent = extents.next()) != null; ) {
        if (!extent.readsAsZeroes()) {
          zero(extent.offset() & -cluster, roundUp(extent.end()), listener);
        }
      }
    }
  }

  // The last cluster

  /**
   * Zeroes what the last cluster holds beyond the end of the disk.
   *
   * @throws IOException if the image cannot be read or written
   */
  public void zeroRestOfLastCluster() throws IOException {
    long first = oldSize & -cluster;
    long end = Math.min(first + cluster, newSize);
    if (first == oldSize || readsZeroes(oldSize, end)) {
      return;
    }
    // The unit in which the disk ends keeps its first bytes.
    long unitEnd = (oldSize + unit - 1) & -unit;
    if (!zeroUnits(unitEnd, first + cluster)) {
      // The cluster is compressed, so that no part of it can be changed.
      store(first, first, first + cluster);
      return;
    }
    long stop = Math.min(unitEnd, newSize);
    if (oldSize == stop || readsZeroes(oldSize, stop)) {
      return;
    }
    long position = writer.inPlace(oldSize);
    if (position < 0) {
      store(first, oldSize & -unit, unitEnd);
      return;
    }
    // The file may end within the cluster; the rest reads as zeroes.
    long length = Math.min(stop - oldSize, data.size() - position);
    if (length > 0) {
      data.zero(position, length, false);
    }
  }

  private boolean zeroUnits(long start, long end) throws IOException {
    return start == end || writer.zero(start, end - start);
  }

  private boolean readsZeroes(long start, long end) throws IOException {
    byte[] bytes = new byte[(int) Math.min(BUFFER, end - start)];
    for (long at = start; at < end; at += bytes.length) {
      MemorySegment piece =
          MemorySegment.ofArray(bytes).asSlice(0, Math.min(bytes.length, end - at));
      grown.read(at, piece);
      for (int i = 0; i < piece.byteSize(); i++) {
        if (bytes[i] != 0) {
          return false;
        }
      }
    }
    return true;
  }

  /**
   * Stores the last cluster, or the part that must be stored, with zeroes beyond the end of the
   * disk.
   *
   * @param first the offset of the cluster
   * @param start the offset from which on it must be stored, if its other units can stay where they
   *     are
   * @param end the offset from which on it has no stored units
   */
  private void store(long first, long start, long end) throws IOException {
    Placement placement = writer.place(first, 1);
    boolean linked = false;
    try {
      long from = placement.moved() ? first : start;
      long stop = placement.zeroed() ? oldSize : end;
      PaddedCopy.write(
          grown::read, oldSize, from, data, placement.position() + from - first, stop - from);
      writer.link(from, end - from, first, placement);
      linked = true;
    } finally {
      if (!linked) {
        writer.abandon(placement);
      }
    }
  }

  // The clusters after it

  private long roundUp(long offset) {
    return (offset + cluster - 1) & -cluster;
  }

  private void zero(long start, long end, ProgressListener listener) throws IOException {
    for (long at = start; at < end; ) {
      if (Thread.currentThread().isInterrupted()) {
        throw new InterruptedIOException(name + ": interrupted while being made larger");
      }
      at += zero(at, Math.min(end - at, CLUSTERS * cluster));
      writer.flushIfWanted();
      if (at < newSize) {
        listener.progress(at, newSize);
      }
    }
  }

  /** Zeroes the first clusters of a range, and returns how many bytes they have. */
  private long zero(long offset, long length) throws IOException {
    return writer.zero(offset, length) ? length : storeZeroes(offset, length);
  }

  /** Where the format has no zero clusters, stores zeroes in space that the host zeroes cheaply. */
  private long storeZeroes(long offset, long length) throws IOException {
    Placement placement = writer.place(offset, (int) (length / cluster));
    long placed = placement.clusters() * cluster;
    boolean linked = false;
    try {
      if (!placement.zeroed()) {
        data.zero(placement.position(), placed, false);
      }
      writer.link(offset, placed, offset, placement);
      linked = true;
    } finally {
      if (!linked) {
        writer.abandon(placement);
      }
    }
    return placed;
  }
}
