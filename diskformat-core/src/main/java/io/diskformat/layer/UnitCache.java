package io.diskformat.layer;

import io.diskformat.storage.MemoryBudget;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * A small bounded cache of decompressed units, shared by all readers of an image. Its entries never
 * change, so that readers need no lock; when two threads miss at once, both decompress. The memory
 * of units that are being decompressed is bounded, too.
 */
final class UnitCache {
  /** The memory of all cached units, in bytes; at least one unit is cached. */
  private static final int BUDGET = 8 << 20;

  /** The largest number of units in a set. */
  private static final int MAX_WAYS = 4;

  /** The largest number of sets, where units are small. */
  private static final int MAX_SETS = 1024;

  /** The memory of all units that are being decompressed, in bytes. */
  private static final long MISS_BUDGET = 64 << 20;

  /**
   * The memory of one decompression, in units: a unit, and a stream that a hostile image makes as
   * long as two.
   */
  private static final int UNITS_PER_MISS = 3;

  /** A decompressed unit. */
  private static final class Entry {
    final long key;
    final long epoch;
    final byte[] unit;

    /**
     * The time of its last use by {@code clock}; lost updates only make the choice of a victim
     * worse.
     */
    int used;

    Entry(long key, long epoch, byte[] unit, int used) {
      this.key = key;
      this.epoch = epoch;
      this.unit = unit;
      this.used = used;
    }
  }

  private final AtomicReferenceArray<@Nullable Entry> entries;
  private final int ways;
  private final int sets;
  private final MemoryBudget misses;
  private int clock;

  /** Creates a cache for units of {@code unitBytes} bytes each. */
  UnitCache(long unitBytes) {
    ways = Math.clamp(BUDGET / unitBytes, 1, MAX_WAYS);
    sets = Integer.highestOneBit(Math.clamp(BUDGET / ways / unitBytes, 1, MAX_SETS));
    entries = new AtomicReferenceArray<>(sets * ways);
    misses = new MemoryBudget(UNITS_PER_MISS * unitBytes, MISS_BUDGET);
  }

  /**
   * Copies a part of a unit, which is decompressed if it is not cached.
   *
   * @param location the location of the unit, its key in the cache
   * @param epoch the epoch at which that was looked up; a unit that was decompressed at another one
   *     may be a different unit
   * @param offset the offset on the disk of the first byte to copy
   * @return the number of bytes copied: {@code length}, or up to the end of the unit
   */
  long copy(
      GuestMap map,
      long location,
      long epoch,
      long offset,
      MemorySegment target,
      long targetOffset,
      long length)
      throws IOException {
    byte[] unit = get(location, epoch);
    if (unit != null) {
      return copy(unit, offset, target, targetOffset, length);
    }
    misses.take();
    try {
      unit = new byte[Math.toIntExact(map.compressedUnit())];
      map.decompress(location, MemorySegment.ofArray(unit));
      put(location, epoch, unit);
      return copy(unit, offset, target, targetOffset, length);
    } finally {
      misses.giveBack();
    }
  }

  /**
   * Fills {@code target} with a whole unit that is likely to be read just once: if it is not
   * cached, it is decompressed to {@code target}, and not cached.
   *
   * @param target as long as a unit, and not mapped, because native code must not touch mapped
   *     memory
   */
  void copyWhole(GuestMap map, long location, long epoch, MemorySegment target) throws IOException {
    byte[] unit = get(location, epoch);
    if (unit != null) {
      MemorySegment.copy(MemorySegment.ofArray(unit), 0, target, 0, unit.length);
      return;
    }
    misses.take();
    try {
      map.decompress(location, target);
    } finally {
      misses.giveBack();
    }
  }

  private static long copy(
      byte[] unit, long offset, MemorySegment target, long targetOffset, long length) {
    long from = offset & unit.length - 1;
    long run = Math.min(unit.length - from, length);
    MemorySegment.copy(MemorySegment.ofArray(unit), from, target, targetOffset, run);
    return run;
  }

  byte @Nullable [] get(long key, long epoch) {
    int first = firstWay(key);
    for (int way = 0; way < ways; way++) {
      Entry entry = entries.getAcquire(first + way);
      if (entry != null && entry.key == key && entry.epoch == epoch) {
        entry.used = ++clock;
        return entry.unit;
      }
    }
    return null;
  }

  void put(long key, long epoch, byte[] unit) {
    int first = firstWay(key);
    int victim = first;
    int oldest = Integer.MIN_VALUE;
    int now = ++clock;
    for (int way = 0; way < ways; way++) {
      Entry entry = entries.getAcquire(first + way);
      int age = entry == null || entry.key == key ? Integer.MAX_VALUE : now - entry.used;
      if (age > oldest) {
        oldest = age;
        victim = first + way;
      }
    }
    entries.setRelease(victim, new Entry(key, epoch, unit, now));
  }

  private int firstWay(long key) {
    long mixed = key * 0x9E3779B97F4A7C15L;
    return ((int) (mixed >>> 40) & sets - 1) * ways;
  }
}
