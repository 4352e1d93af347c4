package io.diskformat.qcow2;

import io.diskformat.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/** Counts the clusters that have a refcount, as they are in the file. */
final class RefcountReader {
  /** The size of the pieces in which refcounts are read, in bytes. */
  private static final int PIECE = 4096;

  /**
   * The most bits of refcounts to read, those of 4 TiB in clusters of 64 KiB, which takes part of a
   * second: a huge sparse file costs its maker nothing.
   */
  private static final long MOST_BITS = 1L << 30;

  private final Storage storage;
  private final long tablePosition;
  private final long tableEntries;
  private final RefcountBlock width;

  RefcountReader(Storage storage, Qcow2Header header) {
    this.storage = storage;
    this.tablePosition = header.refcountTablePosition();
    this.tableEntries =
        (long) header.refcountTableClusters()
            << (header.clusterBits() - RefcountTableEntry.SIZE_BITS);
    this.width = RefcountBlock.of(header.refcountOrder(), header.clusterBits());
  }

  /**
   * Returns how many of an image's first clusters have a refcount, or {@code enough} if there are
   * more than that.
   *
   * @param clusters the number of first clusters to look at; of a huge image fewer are looked at
   * @throws java.io.EOFException if the file does not reach to where refcounts should be
   */
  long countUsed(long clusters, long enough) throws IOException {
    long count = 0;
    int perBlockBits = width.clustersBits();
    long perBlock = 1L << perBlockBits;
    long blocks = Math.min(tableEntries, (clusters + perBlock - 1) >>> perBlockBits);
    long looked = 0;
    for (long block = 0; block < blocks && count < enough && looked < MOST_BITS; block++) {
      long entryPosition = tablePosition + (block << RefcountTableEntry.SIZE_BITS);
      long position = RefcountTableEntry.block(storage.readLong(entryPosition));
      if (position > 0) {
        long entries = Math.min(perBlock, clusters - (block << perBlockBits));
        count += countUsedInBlock(position, entries, enough - count);
        looked += entries << width.order();
      }
    }
    return Math.min(count, enough);
  }

  private long countUsedInBlock(long position, long entries, long enough) throws IOException {
    long count = 0;
    long bits = entries << width.order();
    byte[] piece = new byte[(int) Math.min(PIECE, (bits + 63) >>> 6 << 3)];
    ByteBuffer words = ByteBuffer.wrap(piece);
    for (long bit = 0; bit < bits && count < enough; bit += 64) {
      int at = (int) (bit >>> 3) & PIECE - 1;
      if (at == 0) {
        long length = Math.min(piece.length, ((bits - bit + 63) >>> 6) << 3);
        storage.read(position + (bit >>> 3), MemorySegment.ofArray(piece).asSlice(0, length));
      }
      count += width.countUsed(words.getLong(at), bits - bit);
    }
    return count;
  }
}
