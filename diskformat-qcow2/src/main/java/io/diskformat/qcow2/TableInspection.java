package io.diskformat.qcow2;

import io.diskformat.spi.PassingImage;
import java.nio.ByteBuffer;
import java.util.TreeSet;

/**
 * Finds out where the file of an image that passes by must reach, at least: from its L1 table, and
 * from those of its L2 tables that are last in the file, as what was stored last is there.
 */
final class TableInspection {
  /** The most bytes of L2 tables to look at. */
  private static final int MOST_L2_BYTES = 128 << 20;

  private static final int MOST_L2_TABLES = 1 << 14;

  /** Log2 of how many subclusters a cluster has. */
  private static final int SUBCLUSTER_BITS = 5;

  private final PassingImage image;
  private final int clusterBits;
  private final boolean extended;
  private final boolean ownData;
  private final TreeSet<Long> last = new TreeSet<>();

  /**
   * Begins with nothing.
   *
   * @param ownData whether the data is in this file
   */
  TableInspection(PassingImage image, int clusterBits, boolean extended, boolean ownData) {
    this.image = image;
    this.clusterBits = clusterBits;
    this.extended = extended;
    this.ownData = ownData;
  }

  /** Asks for the L1 table, or the rest of it. */
  void begin(long position, int entries) {
    int count = Math.min(entries, PassingImage.MOST_BYTES / Long.BYTES);
    image.read(
        position,
        count * Long.BYTES,
        bytes -> {
          for (int i = 0; i < count; i++) {
            keep(bytes.getLong(i * Long.BYTES) & L2Entry.PLACE);
          }
          if (count < entries) {
            begin(position + (long) count * Long.BYTES, entries - count);
          } else if (ownData) {
            last.forEach(table -> l2(table, 1L << clusterBits));
          }
        });
  }

  private void keep(long table) {
    if (table == 0) {
      return;
    }
    image.reaches(table + (1L << clusterBits), "an L2 table");
    if ((table & (1L << clusterBits) - 1) == 0
        && last.add(table)
        && last.size() > Math.min(MOST_L2_TABLES, MOST_L2_BYTES >>> clusterBits)) {
      var _ = last.pollFirst();
    }
  }

  private void l2(long position, long length) {
    int count = (int) Math.min(length, PassingImage.MOST_BYTES);
    image.read(
        position,
        count,
        bytes -> {
          entries(bytes);
          if (count < length) {
            l2(position + count, length - count);
          }
        });
  }

  /** Returns how much of a cluster is stored, up to its last subcluster that is. */
  private long storedBytes(long bitmap) {
    int subclusters = Integer.SIZE - Integer.numberOfLeadingZeros((int) bitmap);
    return (long) subclusters << (clusterBits - SUBCLUSTER_BITS);
  }

  private void entries(ByteBuffer table) {
    int size = 1 << L2Entry.sizeBits(extended);
    for (int at = 0; at < table.limit(); at += size) {
      long entry = table.getLong(at);
      if (L2Entry.isCompressed(entry)) {
        // Only the padding of the last sector may be missing.
        image.reaches(L2Entry.streamEnd(entry, clusterBits) - 511, "compressed data");
      } else if (L2Entry.place(entry) != 0) {
        long stored = extended ? storedBytes(table.getLong(at + Long.BYTES)) : 1L << clusterBits;
        if (stored > 0 && (extended || !L2Entry.isZero(entry))) {
          image.reaches(L2Entry.place(entry) + stored, "data");
        }
      }
    }
  }
}
