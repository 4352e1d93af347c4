package io.diskformat.spi;

import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * A small bounded cache of decompressed units, shared by all readers of an image. Its entries never
 * change, so that readers need no lock; when two threads miss at once, both decompress.
 */
final class UnitCache {
  private static final int BUDGET = 8 << 20;
  private static final int WAYS = 4;
  private static final int MAX_SETS = 1024;

  /** A decompressed unit. */
  private static final class Entry {
    final long key;
    final long epoch;
    final byte[] unit;

    /** When it was last wanted; lost updates only make the choice of a victim worse. */
    int used;

    Entry(long key, long epoch, byte[] unit, int used) {
      this.key = key;
      this.epoch = epoch;
      this.unit = unit;
      this.used = used;
    }
  }

  private final AtomicReferenceArray<@Nullable Entry> entries;
  private final int sets;
  private int clock;

  /** Creates a cache for units of so many bytes each. */
  UnitCache(long unitBytes) {
    sets = Integer.highestOneBit(Math.clamp(BUDGET / WAYS / unitBytes, 1, MAX_SETS));
    entries = new AtomicReferenceArray<>(sets * WAYS);
  }

  byte @Nullable [] get(long key, long epoch) {
    int first = firstWay(key);
    for (int way = 0; way < WAYS; way++) {
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
    for (int way = 0; way < WAYS; way++) {
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
    return ((int) (mixed >>> 40) & sets - 1) * WAYS;
  }
}
