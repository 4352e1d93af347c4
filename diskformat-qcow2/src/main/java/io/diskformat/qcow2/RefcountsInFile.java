package io.diskformat.qcow2;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * The refcounts as they are in the file, with no trust in them: where there is no sound block they
 * are 0. Each thread has its own.
 */
final class RefcountsInFile {
  /** The reserved bits of an entry of the refcount table. */
  private static final long RESERVED = 0x1ff;

  /** The size of the pieces in which refcounts are read, in bytes. */
  private static final int PIECE = 4096;

  private final CheckedFile file;
  private final RefcountBlock width;
  private final long[] table;
  private final byte[] piece;
  private long piecePosition = -1;

  /** The same, as counted: so no block need be read, in whatever order clusters are asked for. */
  private @Nullable ReferenceCounts counts;

  /** The first cluster that is not looked up there. */
  private long countsEnd;

  /** The word in which the last refcount was found. */
  private long lastWord;

  RefcountsInFile(CheckedFile file) throws IOException {
    Qcow2Header header = file.header();
    this.file = file;
    this.width = RefcountBlock.of(header.refcountOrder(), header.clusterBits());
    this.table = new long[header.refcountTableClusters() << (header.clusterBits() - 3)];
    this.piece = new byte[Math.min(PIECE, header.clusterSize())];
    file.visitWords(
        header.refcountTablePosition(), table.length, (index, word) -> table[(int) index] = word);
  }

  private RefcountsInFile(RefcountsInFile other) {
    this.file = other.file;
    this.width = other.width;
    this.table = other.table;
    this.piece = new byte[other.piece.length];
    this.counts = other.counts;
    this.countsEnd = other.countsEnd;
  }

  /**
   * Returns the same refcounts, while they do not change.
   *
   * @param equal has the same numbers as the file
   * @param stop the first cluster of which that is not known
   */
  RefcountsInFile countedBy(ReferenceCounts equal, long stop) {
    RefcountsInFile counted = new RefcountsInFile(this);
    counted.counts = equal;
    counted.countsEnd = stop;
    return counted;
  }

  /** Returns the same for another thread. */
  RefcountsInFile forOtherThread() {
    return new RefcountsInFile(this);
  }

  RefcountBlock width() {
    return width;
  }

  /** Returns the number of entries of the refcount table. */
  int entries() {
    return table.length;
  }

  /** Returns the position of an entry of the refcount table. */
  long entryPosition(int index) {
    return file.header().refcountTablePosition() + ((long) index << RefcountTableEntry.SIZE_BITS);
  }

  /** Returns where an entry of the refcount table says that a block is, or 0. */
  long target(int index) {
    return RefcountTableEntry.block(table[index]);
  }

  boolean isReserved(int index) {
    return (table[index] & RESERVED) != 0;
  }

  /** Returns whether an entry points to where a block can be, or to none. */
  boolean isSound(int index) {
    return file.isAligned(target(index)) && table[index] >= 0;
  }

  /** Returns whether a cluster's refcount can be looked up. */
  boolean isKnown(long cluster) {
    long index = cluster >>> width.clustersBits();
    return index >= table.length || isSound((int) index);
  }

  /** Returns the position of the sound block of a cluster, or 0. */
  long blockOf(long cluster) {
    long index = cluster >>> width.clustersBits();
    return index < table.length && isSound((int) index) ? target((int) index) : 0;
  }

  long get(long cluster) throws IOException {
    if (cluster < countsEnd && counts != null && counts.covers(cluster)) {
      lastWord = counts.word(cluster);
      return width.get(lastWord, cluster);
    }
    long block = blockOf(cluster);
    if (block == 0) {
      return 0;
    }
    long position = block + width.wordAt(cluster);
    if (position < piecePosition || position >= piecePosition + piece.length || piecePosition < 0) {
      piecePosition = position & -piece.length;
      file.read(piecePosition, piece, piece.length);
    }
    lastWord = CheckedFile.word(piece, (int) (position - piecePosition));
    return width.get(lastWord, cluster);
  }

  /** Returns whether each of several adjacent clusters has a refcount of 1. */
  boolean areOne(long first, long count) throws IOException {
    int perWord = 64 >>> width.order();
    for (long cluster = first; cluster < first + count; ) {
      if ((cluster & perWord - 1) == 0 && cluster + perWord <= first + count) {
        if (get(cluster) != 1 || lastWord != width.lowestBits()) {
          return false;
        }
        cluster += perWord;
      } else if (get(cluster++) != 1) {
        return false;
      }
    }
    return true;
  }
}
