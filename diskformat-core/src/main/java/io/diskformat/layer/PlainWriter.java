package io.diskformat.layer;

import io.diskformat.BlockDevice;
import io.diskformat.layer.MapWriter.Placement;
import io.diskformat.storage.Faults;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * Writes bytes of a disk uncompressed: in place where the {@link MapWriter} allows it, and
 * otherwise to new placements, which a {@link PlacementWriter} fills. Takes the locks of the {@link
 * WriteGate} for that, and for other actions on units.
 */
final class PlainWriter {
  /** The largest number of clusters that one set of locks covers. */
  private static final int PIECE = 32;

  private final MapWriter writer;
  private final Storage data;
  private final long unit;
  private final long cluster;
  private final WriteGate gate;
  private final PlacementWriter placements;

  PlainWriter(
      LayerReader reader,
      GuestMap map,
      MapWriter writer,
      WriteGate gate,
      Storage data,
      @Nullable BlockDevice below) {
    this.writer = writer;
    this.data = data;
    this.unit = map.unit();
    this.cluster = map.compressedUnit();
    this.gate = gate;
    this.placements = new PlacementWriter(reader, map, writer, data, below);
  }

  /**
   * Makes the writer ready for a change of a range of the disk, under the gate the first time:
   * after the end of writing nothing is prepared any more.
   */
  void beforeChange(long offset, long length) throws IOException {
    if (writer.isChanged()) {
      writer.beforeChange();
    } else {
      gate.enterChange(0);
      try {
        writer.beforeChange();
      } finally {
        gate.leaveChange(0);
      }
    }
    writer.changing(offset, length);
  }

  /** Writes all of {@code source}, in place or to new placements. */
  void write(long offset, MemorySegment source) throws IOException {
    long length = source.byteSize();
    beforeChange(offset, length);
    for (long done = 0; done < length; ) {
      done += overwrite(offset + done, source, done, length - done);
      if (done < length) {
        done += allocate(offset + done, source, done, length - done);
        flushIfWanted();
      }
    }
  }

  /** Writes in place up to the first byte that cannot be; returns the number of bytes. */
  private long overwrite(long offset, MemorySegment source, long from, long length)
      throws IOException {
    long piece = piece(offset, length);
    long locks = gate.locksOf(offset, piece);
    gate.enterInPlace(locks);
    try {
      try {
        return overwriteLocked(offset, source, from, piece);
      } finally {
        Faults.fence();
      }
    } catch (InternalError | IllegalStateException e) {
      throw Faults.translate(e, data, "writing the disk at " + offset);
    } finally {
      gate.leaveInPlace(locks);
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
   * Returns the position at which a byte may be overwritten, or -1. A flush may run meanwhile: a
   * result that was looked up while tables were being written out, or places reused, may be wrong,
   * and is looked up again. A right result stays right, because the cluster is locked.
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

  /** Returns the length of a range, cut off after {@link #PIECE} clusters. */
  long piece(long offset, long length) {
    long limit = (offset & -cluster) + PIECE * cluster - offset;
    return Math.min(length, limit);
  }

  /**
   * Writes up to the end of one placement; returns the number of bytes, or 0 if they can now be
   * written in place.
   */
  private long allocate(long offset, MemorySegment source, long from, long length)
      throws IOException {
    long piece = piece(offset, length);
    long locks = gate.locksOf(offset, piece);
    gate.enterChange(locks);
    try {
      try {
        return allocateLocked(offset, source, from, piece);
      } finally {
        Faults.fence();
      }
    } catch (InternalError | IllegalStateException e) {
      throw Faults.translate(e, data, "writing the disk at " + offset);
    } finally {
      gate.leaveChange(locks);
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
      placements.fill(placement, first, offset, source.asSlice(from, end - offset));
      linked = true;
    } finally {
      if (!linked) {
        writer.abandon(placement);
      }
    }
    return end - offset;
  }

  /** Returns how many clusters from one on that cannot be written in place cannot either. */
  int clustersNotInPlace(long first, long end) throws IOException {
    int count = 1;
    while (first + count * cluster < end && writer.inPlace(first + count * cluster) < 0) {
      count++;
    }
    return count;
  }

  // What is done to units

  /** An action on units, under their locks; returns whether the format can do it. */
  @FunctionalInterface
  interface UnitAction {
    boolean on(long offset, long length) throws IOException;
  }

  /** Runs an action on whole units, under their locks; returns its result. */
  boolean onUnits(long offset, long length, UnitAction action) throws IOException {
    long locks = gate.locksOf(offset, length);
    gate.enterChange(locks);
    try {
      try {
        return action.on(offset, length);
      } finally {
        Faults.fence();
      }
    } catch (InternalError | IllegalStateException e) {
      throw Faults.translate(e, data, "changing the disk at " + offset);
    } finally {
      gate.leaveChange(locks);
    }
  }

  /** Returns whether a range is known to read as zeroes, without reading it. */
  boolean readsZeroes(long offset, long length) throws IOException {
    return onUnits(offset, length, (from, bytes) -> readsZeroesLocked(from, from + bytes));
  }

  /** As {@link #readsZeroes}, for an action on the units of the range. */
  boolean readsZeroesLocked(long start, long end) throws IOException {
    return placements.readsZeroes(start, end);
  }

  // Durability

  /** Makes all writes durable. */
  void flush() throws IOException {
    gate.enterFlush();
    try {
      Faults.during(data, "flushing", writer::flush);
    } finally {
      gate.leaveFlush();
    }
  }

  /** Flushes if the writer wants a flush. */
  void flushIfWanted() throws IOException {
    if (writer.wantsFlush()) {
      flush();
    }
  }
}
