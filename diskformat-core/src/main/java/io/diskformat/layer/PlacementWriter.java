package io.diskformat.layer;

import io.diskformat.BlockDevice;
import io.diskformat.layer.MapWriter.Placement;
import io.diskformat.storage.BufferPool;
import io.diskformat.storage.Faults;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Fills placements of clusters: with the bytes that are written and, around them, the rest of the
 * clusters' present content. It does so in pieces, because a cluster may be larger than the memory
 * for it; nothing refers to the placement before all of it is written. The caller holds the
 * clusters' locks.
 */
final class PlacementWriter {
  /** The largest piece that is assembled in memory, in bytes. */
  private static final long MAX_PIECE = 2 << 20;

  /**
   * The memory of all pieces together, in bytes: enough for several threads that write to the
   * largest clusters at once.
   */
  private static final long MAX_BUFFERS = 8 << 20;

  private final LayerReader reader;
  private final GuestMap map;
  private final MapWriter writer;
  private final Storage data;
  private final @Nullable BlockDevice below;
  private final long unit;
  private final long cluster;

  /** The length of a piece, in bytes: a cluster or an equal part of one. */
  private final long piece;

  private final BufferPool buffers;

  PlacementWriter(
      LayerReader reader,
      GuestMap map,
      MapWriter writer,
      Storage data,
      @Nullable BlockDevice below) {
    this.reader = reader;
    this.map = map;
    this.writer = writer;
    this.data = data;
    this.below = below;
    this.unit = map.unit();
    this.cluster = map.compressedUnit();
    this.piece = Math.min(cluster, MAX_PIECE);
    this.buffers = new BufferPool(piece, MAX_BUFFERS);
  }

  /**
   * Writes {@code source}, and the rest of its units' content around it, into a placement, and
   * links that.
   *
   * @param first where the placement's first cluster begins on the disk
   * @param offset where {@code source} begins on the disk
   */
  void fill(Placement placement, long first, long offset, MemorySegment source) throws IOException {
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
    if (head || tail) {
      writeAround(base, head ? hullStart : offset, tail ? hullEnd : end, hullStart, offset, source);
    } else {
      data.overwrite(base + offset, source, 0, source.byteSize());
    }
    Faults.fence();
    writer.link(hullStart, hullEnd - hullStart, first, placement);
  }

  private boolean mustCopy(Placement placement, long start, long end) throws IOException {
    return start < end && !(placement.zeroed() && readsZeroes(start, end));
  }

  /** Returns where the first stored unit at or after {@code start} begins, at most {@code end}. */
  private long firstStored(long start, long end) throws IOException {
    long at = start;
    while (at < end && !isStored(at)) {
      at += unit;
    }
    return at;
  }

  /** Returns where the last stored unit before {@code end} ends, at least {@code start}. */
  private long lastStored(long start, long end) throws IOException {
    long at = end;
    while (at > start && !isStored(at - unit)) {
      at -= unit;
    }
    return at;
  }

  private boolean isStored(long offset) throws IOException {
    if (offset >= reader.size()) {
      return false;
    }
    int kind = Location.kind(map.locate(offset));
    return kind == Location.DATA || kind == Location.COMPRESSED;
  }

  /** Returns whether a range is known to read as zeroes, without reading it. */
  boolean readsZeroes(long start, long end) throws IOException {
    long limit = Math.min(end, reader.size());
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

  /**
   * Writes a range that includes {@code source}. No sector of it is written in two parts: pieces
   * that hold bytes of {@code source} and others are assembled in memory.
   *
   * @param base the difference between the position in the storage and the offset on the disk
   */
  private void writeAround(
      long base, long start, long stop, long hullStart, long offset, MemorySegment source)
      throws IOException {
    long end = offset + source.byteSize();
    long at = start;
    if (start == offset) {
      // Nothing must be copied before the source. But if its only piece is assembled anyway, that
      // begins at an aligned offset.
      at = end <= pieceEnd(offset) ? Math.max(hullStart, offset & -piece) : offset;
    }
    while (at < stop) {
      boolean plain = at >= offset && (stop == end || pieceEnd(at) <= end);
      if (plain && at < end) {
        long plainEnd = stop == end ? end : end & -piece;
        data.overwrite(base + at, source, at - offset, plainEnd - at);
        at = plainEnd;
      } else {
        long next = Math.min(pieceEnd(at), stop);
        writeAssembled(base, at, next, offset, source);
        at = next;
      }
    }
  }

  private long pieceEnd(long offset) {
    return (offset & -piece) + piece;
  }

  /**
   * Writes one piece: its part of {@code source}, and around that the present content of the disk.
   */
  private void writeAssembled(long base, long start, long stop, long offset, MemorySegment source)
      throws IOException {
    long from = Math.clamp(offset, start, stop);
    long to = Math.clamp(offset + source.byteSize(), start, stop);
    MemorySegment buffer = buffers.take();
    try {
      MemorySegment whole = buffer.asSlice(0, stop - start);
      readNow(start, whole.asSlice(0, from - start));
      if (from < to) {
        MemorySegment.copy(source, from - offset, whole, from - start, to - from);
      }
      readNow(to, whole.asSlice(to - start));
      data.overwrite(base + start, whole, 0, whole.byteSize());
    } finally {
      buffers.giveBack(buffer);
    }
  }

  /** Reads the present content of the disk, with zeroes beyond its end. */
  private void readNow(long offset, MemorySegment target) throws IOException {
    long available = Math.clamp(reader.size() - offset, 0, target.byteSize());
    // The caller holds the gate, so that the epoch cannot change.
    reader.copyOut(offset, target, available, writer.epoch());
    target.asSlice(available).fill((byte) 0);
  }
}
