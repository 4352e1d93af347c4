package io.diskformat.transfer;

import io.diskformat.BlockDevice;
import io.diskformat.DiskImage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Searches memory for bytes that are not zero, and writes zeroes. */
final class Zeroes {
  /** The length that is compared at once, in bytes. */
  private static final int BLOCK = 4096;

  private static final MemorySegment ZEROES = MemorySegment.ofArray(new byte[BLOCK]);

  /**
   * The most zeroes that are written in one go, in bytes, unless a unit of the target is longer:
   * where a host or a format has no shorter way, each is written.
   */
  private static final long WRITTEN_AT_ONCE = 8 << 20;

  private Zeroes() {}

  /** Writes zeroes as long as the job of the worker goes on. */
  static void write(BlockDevice target, long offset, long length) throws IOException {
    long step = length > WRITTEN_AT_ONCE ? step(target) : WRITTEN_AT_ONCE;
    long end = offset + length;
    for (long at = offset, next; at < end; at = next) {
      Crew.checkGoesOn();
      next = Math.min((at / step + 1) * step, end);
      target.writeZeroes(at, next - at);
    }
  }

  /** Returns the length of a piece: an image may have an entry for a whole unit that is zero. */
  private static long step(BlockDevice target) throws IOException {
    long unit = target instanceof DiskImage image ? image.info().clusterSize().orElse(1) : 1;
    return Math.max(WRITTEN_AT_ONCE, unit);
  }

  /** Returns whether every byte from {@code start} to {@code end} is zero. */
  static boolean only(MemorySegment bytes, long start, long end) {
    return firstOther(bytes, start, end) == end;
  }

  /** Returns the index of the first byte from {@code start} on that is not zero, or {@code end}. */
  static long firstOther(MemorySegment bytes, long start, long end) {
    for (long at = start; at < end; at += BLOCK) {
      // In data, the first byte is nearly always not zero, and testing it is far faster.
      if (bytes.get(ValueLayout.JAVA_BYTE, at) != 0) {
        return at;
      }
      long length = Math.min(BLOCK, end - at);
      long other = MemorySegment.mismatch(bytes, at, at + length, ZEROES, 0, length);
      if (other >= 0) {
        return at + other;
      }
    }
    return end;
  }
}
