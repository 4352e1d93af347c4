package io.diskformat.qcow2;

import io.diskformat.DiskFormatException;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Makes new refcount blocks and a new refcount table at the end of the file. Nothing of the old
 * ones is changed, and the image uses the new ones from the moment on at which one write of the
 * header says where they are. Of the old ones nothing is left but free clusters.
 */
final class RefcountRebuild {
  private final Qcow2Check image;
  private final Storage storage;
  private final Qcow2Header header;
  private final RefcountBlock width;
  private final int clusterBits;

  /** The entries of the new table, as far as they are known. */
  private long[] table = new long[64];

  private int entries;

  RefcountRebuild(Qcow2Check image) {
    this.image = image;
    this.storage = image.file().storage();
    this.header = image.file().header();
    this.width = image.refcounts().width();
    this.clusterBits = header.clusterBits();
  }

  /**
   * Makes the new structures, and makes them durable.
   *
   * @throws DiskFormatException if the table would be too long
   * @throws IOException if the image cannot be read, or the host has no space; the image is then as
   *     it was
   */
  void run() throws IOException {
    long size = storage.size();
    boolean done = false;
    try {
      rebuild();
      done = true;
    } finally {
      if (!done) {
        storage.resize(size);
      }
    }
  }

  private void rebuild() throws IOException {
    image.visitWindows(this::noteBlocks);
    long first = image.end();
    // The new structures are counted in blocks of their own, which may be further ones.
    long clusters = 0;
    long tableClusters = 0;
    for (long before = -1; clusters != before; ) {
      before = clusters;
      if (clusters > 0) {
        need(first, first + clusters);
      }
      tableClusters =
          Math.max(1, ((long) entries * Long.BYTES + header.clusterSize() - 1) >>> clusterBits);
      clusters = tableClusters + Arrays.stream(table, 0, entries).filter(e -> e != 0).count();
    }
    if (tableClusters << clusterBits > Qcow2Header.MAX_REFCOUNT_TABLE_BYTES) {
      throw new DiskFormatException(
          storage.name() + ": the refcount table would be larger than 8 MiB");
    }
    storage.reserve(first << clusterBits, clusters << clusterBits);
    long next = first + tableClusters;
    for (int i = 0; i < entries; i++) {
      if (table[i] != 0) {
        table[i] = next++ << clusterBits;
      }
    }
    writeTable(first, tableClusters);
    writeBlocks(first, first + clusters);
    storage.flush(WriteStep.NEW_REFCOUNTS);
    new HeaderFields(storage, header).refcountTable(first << clusterBits, (int) tableClusters);
    storage.flush(WriteStep.NEW_REFCOUNTS_SWITCH);
  }

  private void need(long start, long stop) throws IOException {
    for (long index = start >>> width.clustersBits();
        index <= (stop - 1) >>> width.clustersBits();
        index++) {
      if (index >= Qcow2Header.MAX_REFCOUNT_TABLE_BYTES / Long.BYTES) {
        throw new DiskFormatException(
            storage.name() + ": the refcount table would be larger than 8 MiB");
      }
      if (index >= table.length) {
        table = Arrays.copyOf(table, Math.max((int) index + 1, 2 * table.length));
      }
      table[(int) index] = -1;
      entries = Math.max(entries, (int) index + 1);
    }
  }

  private void noteBlocks(ReferenceCounts counts) throws IOException {
    long perBlock = 1L << width.clustersBits();
    int perWord = 64 >>> width.order();
    for (long block = counts.start(); block < counts.end(); block += perBlock) {
      boolean used = false;
      for (long cluster = block;
          counts.isUsed() && !used && cluster < Math.min(block + perBlock, counts.end());
          cluster += perWord) {
        used = counts.word(cluster) != 0;
      }
      if (used) {
        need(block, block + 1);
      }
    }
  }

  private void writeTable(long first, long tableClusters) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate((int) tableClusters << clusterBits);
    for (int i = 0; i < entries; i++) {
      bytes.putLong(i * Long.BYTES, table[i]);
    }
    storage.write(first << clusterBits, MemorySegment.ofBuffer(bytes));
  }

  /**
   * Writes the blocks; those from {@code start} to {@code stop} are in use by the new structures.
   */
  private void writeBlocks(long start, long stop) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(header.clusterSize());
    long perBlock = 1L << width.clustersBits();
    image.visitWindows(counts -> {
      for (long block = counts.start(); block < counts.end(); block += perBlock) {
        writeBlock(block, counts, start, stop, bytes);
      }
    });
    // Blocks of clusters that were beyond all windows.
    long counted = Math.ceilDiv(image.file().clusters() + 1, perBlock);
    for (long index = counted; index < entries; index++) {
      writeBlock(index << width.clustersBits(), null, start, stop, bytes);
    }
  }

  private void writeBlock(
      long first, @Nullable ReferenceCounts counts, long start, long stop, ByteBuffer bytes)
      throws IOException {
    long index = first >>> width.clustersBits();
    if (index >= entries || table[(int) index] == 0) {
      return;
    }
    int perWord = 64 >>> width.order();
    long end = first + (1L << width.clustersBits());
    for (long cluster = first; cluster < end; cluster += perWord) {
      long word = counts != null && counts.covers(cluster) ? counts.word(cluster) : 0;
      for (long i = Math.max(cluster, start); i < Math.min(cluster + perWord, stop); i++) {
        word = width.with(word, i, 1);
      }
      bytes.putLong((int) width.wordAt(cluster), word);
    }
    storage.write(table[(int) index], MemorySegment.ofBuffer(bytes.rewind()));
  }
}
