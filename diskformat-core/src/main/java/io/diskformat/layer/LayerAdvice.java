package io.diskformat.layer;

import io.diskformat.BlockDevice;
import io.diskformat.storage.Faults;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Announces ranges of a disk that will be read: to the storage each run of data, and to the device
 * below each hole. Allocates no objects.
 */
final class LayerAdvice {
  private final LayerReader reader;
  private final GuestMap map;
  private final Storage data;
  private final @Nullable BlockDevice below;
  private final LongSupplier epoch;

  /**
   * Creates an object for a disk.
   *
   * @param epoch a number that changes when a place that was looked up may have been reused
   */
  LayerAdvice(
      LayerReader reader,
      GuestMap map,
      Storage data,
      @Nullable BlockDevice below,
      LongSupplier epoch) {
    this.reader = reader;
    this.map = map;
    this.data = data;
    this.below = below;
    this.epoch = epoch;
  }

  /**
   * Announces that a range of the disk is about to be read.
   *
   * @param bulk whether it is read in large pieces
   */
  void willRead(long offset, long length, boolean bulk) throws IOException {
    long before = epoch.getAsLong();
    try {
      try {
        announce(offset, offset + length, bulk);
      } finally {
        Faults.fence();
      }
    } catch (InternalError | IllegalStateException e) {
      throw reader.failure(e, "looking up the disk at " + offset);
    } catch (IOException e) {
      // During a flush, the bytes that were read may not have been a table; a hint is not worth a
      // retry.
      if (epoch.getAsLong() == before) {
        throw e;
      }
    }
  }

  /**
   * As {@link #willRead}, for bytes that nobody requested yet; an error is left to the read itself.
   */
  void fetch(long offset, long length, boolean bulk) {
    try {
      willRead(offset, Math.clamp(reader.size() - offset, 0, length), bulk);
    } catch (IOException e) {
      // A read of these bytes will report it.
    }
  }

  private void announce(long start, long end, boolean bulk) throws IOException {
    long runStart = 0;
    long runEnd = -1;
    boolean runPlain = true;
    for (long at = start; at < end; ) {
      long location = map.locate(at);
      int kind = Location.kind(location);
      long length = Math.min(unitAt(kind, at), end - at);
      long position = position(location, kind);
      if (position >= 0) {
        // Streams lie next to each other, and may share a sector.
        boolean plain = kind == Location.DATA;
        if (position < runStart || position > runEnd || plain != runPlain) {
          announceData(runStart, runEnd, bulk && runPlain);
          runStart = position;
          runPlain = plain;
        }
        runEnd = position + (plain ? length : map.streamLength(location));
      } else if (kind == Location.HOLE) {
        length = Math.min(map.holeLength(at), end - at);
        if (below != null && at < below.size()) {
          below.willRead(at, Math.min(length, below.size() - at));
        }
      }
      at += length;
    }
    announceData(runStart, runEnd, bulk && runPlain);
  }

  /** Returns the number of bytes from an offset to the end of its unit. */
  private long unitAt(int kind, long offset) {
    long unit = kind == Location.COMPRESSED ? map.compressedUnit() : map.unit();
    return unit - (offset & unit - 1);
  }

  /**
   * Returns the position in the storage from which a location will be read, or -1 if there is none.
   */
  private long position(long location, int kind) throws IOException {
    return switch (kind) {
      case Location.DATA -> Location.position(location);
      case Location.COMPRESSED -> map.streamPosition(location);
      default -> -1;
    };
  }

  private void announceData(long start, long end, boolean bulk) {
    if (bulk && end - start >= Storage.BULK) {
      data.willReadInBulk(start, end - start);
    } else if (start < end) {
      data.willRead(start, end - start);
    }
  }
}
