package io.diskformat.vmdk;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Compares the grains of a stream with what its tables name, without keeping either: by how many
 * they are, and a sum over where they are. That each is the right one of the disk, its marker says.
 */
final class TableSums {
  /** An odd number without pattern, so that sums of different sectors are different. */
  private static final long MIX = 0x9e37_79b9_7f4a_7c15L;

  private long named;
  private long namedSum;
  private long found;
  private long foundSum;

  /** Counts the entries of tables. */
  void tables(byte[] bytes, int from, int to) {
    ByteBuffer entries = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    for (int at = from; at < to; at += Integer.BYTES) {
      long sector = Integer.toUnsignedLong(entries.getInt(at));
      if (sector > GrainMap.ZEROED) {
        named++;
        namedSum += mixed(sector);
      }
    }
  }

  /** Counts a grain. */
  void grain(long sector) {
    found++;
    foundSum += mixed(sector);
  }

  private static long mixed(long sector) {
    long mixed = (sector + 1) * MIX;
    return (mixed ^ (mixed >>> 32)) * MIX;
  }

  /** Returns how many grains the tables name. */
  long named() {
    return named;
  }

  /** Returns how many grains there are. */
  long found() {
    return found;
  }

  boolean agree() {
    return named == found && namedSum == foundSum;
  }
}
