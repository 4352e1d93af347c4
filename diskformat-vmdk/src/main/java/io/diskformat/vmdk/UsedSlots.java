package io.diskformat.vmdk;

import java.util.BitSet;

/**
 * What of an extent's file is in use. The file is divided into slots of the size of a grain; every
 * grain that a writer of this library places has one of its own.
 */
final class UsedSlots {
  /** The most slots to record, a bit each: 4 TiB in the usual grains of 64 KiB. */
  static final int MOST = 1 << 26;

  private final long grain;
  private final BitSet used = new BitSet();
  private long end;

  /**
   * Creates an object for a file of which nothing is in use yet.
   *
   * @param grain the size of a grain, in bytes
   */
  UsedSlots(long grain) {
    this.grain = grain;
  }

  /** Marks a range of the file as used, in bytes. */
  void use(long start, long stop) {
    end = Math.max(end, stop);
    long last = Math.min((stop - 1) / grain, MOST - 1);
    for (long slot = start / grain; slot <= last; slot++) {
      used.set((int) slot);
    }
  }

  /** Returns whether a place is a slot that is marked as used. */
  boolean isUsedSlot(long position) {
    long slot = position / grain;
    return position % grain == 0 && slot < MOST && used.get((int) slot);
  }

  /** Returns the slots that are used. */
  BitSet slots() {
    return used;
  }

  /** Returns where what is used last ends, in bytes; the file may end before that. */
  long end() {
    return end;
  }
}
