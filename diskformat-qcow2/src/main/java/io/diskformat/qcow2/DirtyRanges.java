package io.diskformat.qcow2;

import io.diskformat.DirtyCursor;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Iterates over the ranges that a bitmap records, reading a cluster of bits at a time. */
final class DirtyRanges implements DirtyCursor {
  private final BitmapTable table;
  private final long diskSize;
  private final int granularityBits;
  private final long bitsPerCluster;
  private final long bitCount;

  /** The next bit to look at. */
  private long at;

  private BitmapTable.Part part = BitmapTable.Part.ZEROES;
  private byte[] bits = {};
  private long loaded = -1;

  DirtyRanges(BitmapTable table, Qcow2Header header) {
    this.table = table;
    this.diskSize = header.size();
    this.granularityBits = table.bitmap().granularityBits();
    this.bitsPerCluster = 8L << header.clusterBits();
    this.bitCount = Math.ceilDiv(diskSize, 1L << granularityBits);
  }

  @Override
  public @Nullable Range next() throws IOException {
    skip(false);
    if (at >= bitCount) {
      return null;
    }
    long start = at << granularityBits;
    skip(true);
    return new Range(start, Math.min(at << granularityBits, diskSize) - start);
  }

  /** Moves to the next bit with another value, or to the end. */
  private void skip(boolean value) throws IOException {
    while (at < bitCount) {
      long cluster = at / bitsPerCluster;
      load(cluster);
      if (part != BitmapTable.Part.STORED) {
        if ((part == BitmapTable.Part.ONES) != value) {
          return;
        }
        at = Math.min(bitCount, (cluster + 1) * bitsPerCluster);
        continue;
      }
      int index = (int) (at % bitsPerCluster);
      int whole = bits[index >> 3];
      if ((index & 7) == 0 && whole == (value ? -1 : 0)) {
        at = Math.min(bitCount, at + 8);
      } else if ((whole >> (index & 7) & 1) != 0 == value) {
        at++;
      } else {
        return;
      }
    }
  }

  private void load(long cluster) throws IOException {
    if (cluster == loaded) {
      return;
    }
    long entry = table.entry((int) cluster);
    part = BitmapTable.part(entry);
    bits = part == BitmapTable.Part.STORED ? table.bits(entry) : new byte[0];
    loaded = cluster;
  }
}
