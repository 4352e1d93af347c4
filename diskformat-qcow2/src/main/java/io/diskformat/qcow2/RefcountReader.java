package io.diskformat.qcow2;

import io.diskformat.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/**
 * Looks refcounts up. Section "Host cluster management" of the specification: refcount table,
 * refcount block, entry of 1 to 64 bits; entries of less than a byte begin at its least significant
 * bit.
 */
final class RefcountReader {
  private static final long OFFSET_MASK = ~511L;
  private static final int PIECE = 4096;

  /**
   * How many bits of refcounts are counted at most: in part of a second, and enough for 4 TiB of
   * ordinary clusters. A large sparse file can be made at no cost.
   */
  private static final long MOST_BITS = 1L << 30;

  /** For each width, a word that has the lowest bit of every entry set. */
  private static final long[] LOWEST_BITS = {
    -1L,
    0x5555_5555_5555_5555L,
    0x1111_1111_1111_1111L,
    0x0101_0101_0101_0101L,
    0x0001_0001_0001_0001L,
    0x0000_0001_0000_0001L,
    1L
  };

  private final Storage storage;
  private final long tableOffset;
  private final long tableEntries;
  private final int order;
  private final int entriesPerBlockBits;

  RefcountReader(Storage storage, Qcow2Header header) {
    this.storage = storage;
    this.tableOffset = header.refcountTableOffset();
    this.tableEntries = (long) header.refcountTableClusters() << (header.clusterBits() - 3);
    this.order = header.refcountOrder();
    this.entriesPerBlockBits = header.clusterBits() + 3 - order;
  }

  /**
   * Returns how many of an image's first clusters have a refcount, or {@code enough} if it is as
   * many as that.
   *
   * @param clusters how many clusters are looked at, unless those are too many
   * @throws java.io.EOFException if the file does not reach to where refcounts should be
   */
  long countUsed(long clusters, long enough) throws IOException {
    long count = 0;
    long perBlock = 1L << entriesPerBlockBits;
    long blocks = Math.min(tableEntries, (clusters + perBlock - 1) >>> entriesPerBlockBits);
    long looked = 0;
    for (long block = 0; block < blocks && count < enough && looked < MOST_BITS; block++) {
      long position = storage.readLong(tableOffset + (block << 3)) & OFFSET_MASK;
      if (position > 0) {
        long entries = Math.min(perBlock, clusters - (block << entriesPerBlockBits));
        count += countUsedInBlock(position, entries, enough - count);
        looked += entries << order;
      }
    }
    return Math.min(count, enough);
  }

  private long countUsedInBlock(long position, long entries, long enough) throws IOException {
    long count = 0;
    long bits = entries << order;
    byte[] piece = new byte[(int) Math.min(PIECE, (bits + 63) >>> 6 << 3)];
    ByteBuffer words = ByteBuffer.wrap(piece);
    for (long bit = 0; bit < bits && count < enough; bit += 64) {
      int at = (int) (bit >>> 3) & PIECE - 1;
      if (at == 0) {
        long length = Math.min(piece.length, ((bits - bit + 63) >>> 6) << 3);
        storage.read(position + (bit >>> 3), MemorySegment.ofArray(piece).asSlice(0, length));
      }
      count += Long.bitCount(used(words.getLong(at), bits - bit));
    }
    return count;
  }

  /**
   * Returns a word of entries with one bit for each that is not zero, of the first so many bits.
   */
  private long used(long word, long bits) {
    // Within a byte, the first entries are the least significant; bytes come most significant
    // first.
    long entries = word;
    if (bits < 64) {
      entries &= ~(-1L >>> (bits & -8));
      if ((bits & 7) != 0) {
        entries |= word & ((1L << (bits & 7)) - 1) << (56 - (bits & -8));
      }
    }
    for (int shift = 1 << order >>> 1; shift > 0; shift >>>= 1) {
      entries |= entries >>> shift;
    }
    return entries & LOWEST_BITS[order];
  }
}
