package io.diskformat.qcow2;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * The limit: the two-level lookup as one would write it for one image that is known to be good,
 * with the L1 table in an array.
 */
final class HandWrittenLookup {
  private static final ValueLayout.OfLong ENTRY =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private final MemorySegment file;
  private final long[] l1;
  private final int clusterBits;
  private final int coverageBits;

  HandWrittenLookup(MemorySegment file, Qcow2Header header) {
    this.file = file;
    this.clusterBits = header.clusterBits();
    this.coverageBits = header.l2CoverageBits();
    this.l1 = new long[header.l1Entries()];
    for (int i = 0; i < l1.length; i++) {
      l1[i] = file.get(ENTRY, header.l1Position() + 8L * i) & L2Entry.PLACE;
    }
  }

  /** Returns the position of an offset's byte in the file, or 0 if there is none. */
  long position(long offset) {
    long table = l1[(int) (offset >>> coverageBits)];
    if (table == 0) {
      return 0;
    }
    long index = (offset >>> clusterBits) & ((1L << (coverageBits - clusterBits)) - 1);
    long cluster = file.get(ENTRY, table + (index << 3)) & L2Entry.PLACE;
    return cluster == 0 ? 0 : cluster + (offset & (1L << clusterBits) - 1);
  }
}
