package io.diskformat.layer;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Makes ranges of a disk read as zeroes, or discards them: whole units and clusters by the format's
 * entries, and the rest by writing zeroes.
 */
final class ZeroWriter {
  /** Zeroes to write, for all threads and images: a multiple of a sector. */
  private static final MemorySegment ZEROES = Arena.global().allocate(256 << 10, 4096).asReadOnly();

  private final LayerReader reader;
  private final MapWriter writer;
  private final PlainWriter plain;
  private final long unit;
  private final long cluster;

  ZeroWriter(LayerReader reader, GuestMap map, MapWriter writer, PlainWriter plain) {
    this.reader = reader;
    this.writer = writer;
    this.plain = plain;
    this.unit = map.unit();
    this.cluster = map.compressedUnit();
  }

  /** Makes a range read as zeroes. */
  void zero(long offset, long length) throws IOException {
    plain.beforeChange(offset, length);
    long end = offset + length;
    long first = offset + unit - 1 & -unit;
    long last = end == reader.size() ? end + unit - 1 & -unit : end & -unit;
    if (first >= last) {
      writeZeroes(offset, end);
    } else {
      writeZeroes(offset, Math.min(first, end));
      for (long at = first; at < last; ) {
        long part = plain.piece(at, last - at);
        if (!plain.onUnits(
            at, part, (from, bytes) -> isWithin(from + bytes, end) && writer.zero(from, bytes))) {
          writeZeroes(at, Math.min(at + part, end));
        }
        at += part;
        plain.flushIfWanted();
      }
      writeZeroes(Math.min(last, end), end);
    }
  }

  /** Discards the whole clusters of a range, if the format can do that. */
  void discard(long offset, long length) throws IOException {
    plain.beforeChange(offset, length);
    long end = offset + length;
    long first = offset + cluster - 1 & -cluster;
    long last = end == reader.size() ? end + cluster - 1 & -cluster : end & -cluster;
    for (long at = first; at < last; ) {
      long part = plain.piece(at, last - at);
      if (!plain.onUnits(
          at, part, (from, bytes) -> isWithin(from + bytes, end) && writer.discard(from, bytes))) {
        return;
      }
      at += part;
      plain.flushIfWanted();
    }
  }

  /**
   * Returns whether units up to {@code stop} hold nothing that is beyond the end of a range: only
   * the rest of the last one, as long as the disk ends with the range. It may have become larger
   * meanwhile, and have been written there. Called under the locks of the units.
   */
  private boolean isWithin(long stop, long end) {
    return stop <= end || end == reader.size();
  }

  /** Writes zeroes to those parts of a range that are not known to read as zeroes. */
  private void writeZeroes(long start, long end) throws IOException {
    long most = ZEROES.byteSize();
    for (long at = start; at < end; ) {
      // Pieces end at multiples of their length, so that no sector is written in two parts, one of
      // which may be lost.
      long part = Math.min(most - (at & (most - 1)), end - at);
      if (!plain.readsZeroes(at, part)) {
        plain.write(at, ZEROES.asSlice(0, part));
      }
      at += part;
    }
  }
}
