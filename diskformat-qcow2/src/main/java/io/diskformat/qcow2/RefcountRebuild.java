package io.diskformat.qcow2;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Makes {@linkplain NewRefcounts new refcounts} of an image out of the references that a check
 * finds. Of the old ones nothing is left but free clusters.
 */
final class RefcountRebuild extends NewRefcounts {
  private final Qcow2Check image;
  private final ByteBuffer block;

  RefcountRebuild(Qcow2Check image) {
    super(
        image.file().storage(),
        image.refcounts().width(),
        image.file().header().clusterBits(),
        image.end());
    this.image = image;
    this.block = ByteBuffer.allocate(1 << clusterBits);
  }

  /**
   * Makes the new structures, and makes them durable.
   *
   * @throws IOException if the image cannot be read, or the host has no space; the image is then as
   *     it was
   */
  void run() throws IOException {
    make(WriteStep.NEW_REFCOUNTS);
    storage.flush(WriteStep.NEW_REFCOUNTS_SWITCH);
  }

  @Override
  void switchTo(long position, int clusters) throws IOException {
    new HeaderFields(storage, image.file().header()).refcountTable(position, clusters);
  }

  @Override
  void findBlocks() throws IOException {
    long perBlock = 1L << width.clustersBits();
    image.visitWindows(counts -> {
      for (long start = counts.start(); start < counts.end(); start += perBlock) {
        if (counts.isUsed() && copy(counts, start)) {
          need(start);
        }
      }
    });
  }

  /** Copies counts to the block; returns whether any is more than 0. */
  private boolean copy(ReferenceCounts counts, long start) {
    long all = 0;
    int perWord = 64 >>> width.order();
    for (long at = 0; at < 1L << width.clustersBits(); at += perWord) {
      long word = counts.covers(start + at) ? counts.word(start + at) : 0;
      block.putLong((int) width.wordAt(at), word);
      all |= word;
    }
    return all != 0;
  }

  @Override
  void writeBlocks() throws IOException {
    int[] next = {nextNeeded(0)};
    image.visitWindows(counts -> {
      for (; next[0] >= 0 && firstOf(next[0]) < counts.end(); next[0] = nextNeeded(next[0] + 1)) {
        var _ = copy(counts, firstOf(next[0]));
        write(next[0], block);
      }
    });
    // Those of clusters that were beyond all windows.
    for (; next[0] >= 0; next[0] = nextNeeded(next[0] + 1)) {
      write(next[0], ByteBuffer.allocate(1 << clusterBits));
    }
  }

  private long firstOf(int index) {
    return (long) index << width.clustersBits();
  }
}
