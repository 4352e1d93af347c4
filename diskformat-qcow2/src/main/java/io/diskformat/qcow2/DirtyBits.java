package io.diskformat.qcow2;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * The bits to add to a bitmap, in memory: in parts as large as a cluster of the bitmap, each
 * created when its first bit is set. Beyond a limit of memory, all bits of a part count as set,
 * which is never wrong. Thread-safe, without locks.
 */
final class DirtyBits {
  /** The most memory for the bits of one bitmap, in bytes. */
  private static final int MAX_BYTES = 32 << 20;

  /** Stands for a part all of whose bits are set. */
  private static final AtomicLongArray ALL = new AtomicLongArray(0);

  private final int granularityBits;
  private final int clusterBits;
  private final AtomicReferenceArray<AtomicLongArray> parts;
  private final AtomicInteger left;

  /**
   * Begins with no bit set.
   *
   * @param entries how many clusters the bitmap has
   */
  DirtyBits(int granularityBits, int clusterBits, int entries) {
    this.granularityBits = granularityBits;
    this.clusterBits = clusterBits;
    this.parts = new AtomicReferenceArray<>(entries);
    this.left = new AtomicInteger(MAX_BYTES >> clusterBits);
  }

  /**
   * Returns an object with the same bits, as far as there are parts for them. Nobody sets any
   * meanwhile.
   *
   * @param entries how many parts it has
   */
  DirtyBits withParts(int entries) {
    DirtyBits other = new DirtyBits(granularityBits, clusterBits, entries);
    for (int i = 0; i < Math.min(entries, parts.length()); i++) {
      other.parts.set(i, parts.get(i));
    }
    other.left.set(left.get());
    return other;
  }

  /** Sets the bits of a range of the disk, in bytes. */
  void add(long offset, long length) {
    if (length <= 0) {
      return;
    }
    long last = (offset + length - 1) >>> granularityBits;
    for (long bit = offset >>> granularityBits; bit <= last; ) {
      int index = (int) (bit >>> (clusterBits + 3));
      long end = Math.min(last, ((index + 1L) << (clusterBits + 3)) - 1);
      AtomicLongArray part = part(index);
      if (part.length() > 0) {
        set(part, bit, end);
      }
      bit = end + 1;
    }
  }

  private AtomicLongArray part(int index) {
    AtomicLongArray part = parts.getAcquire(index);
    if (part == null) {
      AtomicLongArray made =
          left.getAndDecrement() > 0 ? new AtomicLongArray((1 << clusterBits) / Long.BYTES) : ALL;
      AtomicLongArray other = parts.compareAndExchange(index, null, made);
      part = other == null ? made : other;
    }
    return part;
  }

  private void set(AtomicLongArray part, long first, long last) {
    long mask = (8L << clusterBits) - 1;
    int word = (int) ((first & mask) >> 6);
    int lastWord = (int) ((last & mask) >> 6);
    for (; word <= lastWord; word++) {
      long bits = -1L;
      if (word == (int) ((first & mask) >> 6)) {
        bits &= -1L << (first & 63);
      }
      if (word == lastWord) {
        bits &= -1L >>> (63 - (last & 63));
      }
      long wanted = bits;
      if ((part.getPlain(word) & wanted) != wanted) {
        part.getAndAccumulate(word, wanted, (old, added) -> old | added);
      }
    }
  }

  /** Returns how many parts there are. */
  int parts() {
    return parts.length();
  }

  /** Returns whether some bit of a part is set. */
  boolean has(int index) {
    return parts.getAcquire(index) != null;
  }

  /** Sets in a cluster of bits those that are set in a part. */
  void addTo(int index, byte[] cluster) {
    AtomicLongArray part = parts.getAcquire(index);
    if (part == null) {
      return;
    }
    if (part.length() == 0) {
      java.util.Arrays.fill(cluster, (byte) -1);
      return;
    }
    for (int i = 0; i < cluster.length; i++) {
      cluster[i] |= (byte) (part.get(i >> 3) >>> ((i & 7) << 3));
    }
  }
}
