package io.diskformat.benchmarks;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.function.LongToIntFunction;
import java.util.function.LongUnaryOperator;

/**
 * Writes the tables of a qcow2 image of version 3: header, L1 table and all L2 tables come first,
 * then the data, which the caller writes, then the refcounts.
 *
 * <p>The benchmarks have their own writer because no tool makes an image of a given layout, and so
 * that they need no tool.
 */
final class Qcow2Writer {
  static final int CLUSTER_BITS = 16;
  static final int CLUSTER = 1 << CLUSTER_BITS;

  /** L1 and L2: the refcount is one. */
  static final long COPIED = 1L << 63;

  /** L2: the cluster reads as zeroes. */
  static final long ZERO = 1;

  private static final int ENTRIES_PER_TABLE = CLUSTER / Long.BYTES;
  private static final int REFCOUNTS_PER_BLOCK = CLUSTER / Short.BYTES;
  private static final int HEADER_LENGTH = 112;
  private static final long COMPRESSION_TYPE_FEATURE = 1 << 3;

  private final FileChannel file;
  private final long size;
  private final long l1Entries;
  private final long l1Clusters;
  private final long tables;

  private Qcow2Writer(FileChannel file, long size, boolean empty) {
    this.file = file;
    this.size = size;
    this.l1Entries = ceilingDivide(clusters(), ENTRIES_PER_TABLE);
    this.l1Clusters = ceilingDivide(l1Entries * Long.BYTES, CLUSTER);
    this.tables = empty ? 0 : l1Entries;
  }

  /** Returns a writer of an image of a disk of {@code size} bytes, which has all its L2 tables. */
  static Qcow2Writer of(FileChannel file, long size) {
    return new Qcow2Writer(file, size, false);
  }

  /** Writes an image with neither L2 tables nor data. */
  static void writeEmpty(FileChannel file, long size) throws IOException {
    Qcow2Writer writer = new Qcow2Writer(file, size, true);
    writer.finish(writer.dataStart(), 0, n -> 0, n -> 1);
  }

  private static long ceilingDivide(long dividend, long divisor) {
    return (dividend + divisor - 1) / divisor;
  }

  /** Returns how many clusters the disk has. */
  long clusters() {
    return ceilingDivide(size, CLUSTER);
  }

  /** Returns where in the file the data starts. */
  long dataStart() {
    return (1 + l1Clusters + tables) * CLUSTER;
  }

  /**
   * Writes all but the data.
   *
   * @param dataEnd where in the file the data ends
   * @param compressionType the value of the header's field
   * @param entries the L2 entry of each cluster of the disk
   * @param refcounts the refcount of each cluster of the file that holds data
   */
  void finish(
      long dataEnd, int compressionType, LongUnaryOperator entries, LongToIntFunction refcounts)
      throws IOException {
    long firstTable = 1 + l1Clusters;
    write(
        CLUSTER,
        l1Entries,
        Long.BYTES,
        (buffer, n) -> buffer.putLong(n < tables ? COPIED | (firstTable + n) * CLUSTER : 0));
    write(
        firstTable * CLUSTER,
        tables * ENTRIES_PER_TABLE,
        Long.BYTES,
        (buffer, n) -> buffer.putLong(n < clusters() ? entries.applyAsLong(n) : 0));

    long firstData = dataStart() / CLUSTER;
    long firstBlock = ceilingDivide(dataEnd, CLUSTER);
    long blocks = refcountBlocks(firstBlock);
    long tableClusters = ceilingDivide(blocks * Long.BYTES, CLUSTER);
    long end = firstBlock + blocks + tableClusters;
    write(
        firstBlock * CLUSTER,
        blocks * REFCOUNTS_PER_BLOCK,
        Short.BYTES,
        (buffer, n) -> {
          boolean isData = n >= firstData && n < firstBlock;
          int ifOther = n < end ? 1 : 0;
          buffer.putShort((short) (isData ? refcounts.applyAsInt(n) : ifOther));
        });
    long refcountTable = (firstBlock + blocks) * CLUSTER;
    write(
        refcountTable,
        tableClusters * ENTRIES_PER_TABLE,
        Long.BYTES,
        (buffer, n) -> buffer.putLong(n < blocks ? (firstBlock + n) * CLUSTER : 0));
    writeHeader(compressionType, refcountTable, tableClusters);
  }

  /**
   * Returns the number of refcount blocks for {@code others} clusters, those blocks and their
   * table.
   */
  private static long refcountBlocks(long others) {
    long blocks = 0;
    long total = others;
    while (blocks * REFCOUNTS_PER_BLOCK < total) {
      blocks = ceilingDivide(total, REFCOUNTS_PER_BLOCK);
      total = others + blocks + ceilingDivide(blocks * Long.BYTES, CLUSTER);
    }
    return blocks;
  }

  private void writeHeader(int compressionType, long refcountTable, long refcountTableClusters)
      throws IOException {
    ByteBuffer header = ByteBuffer.allocate(CLUSTER);
    header.putInt(0x514649fb).putInt(3);
    header.putLong(0).putInt(0); // no backing file
    header.putInt(CLUSTER_BITS).putLong(size).putInt(0);
    header.putInt((int) l1Entries).putLong(CLUSTER);
    header.putLong(refcountTable).putInt((int) refcountTableClusters);
    header.putInt(0).putLong(0); // no snapshots
    header.putLong(compressionType == 0 ? 0 : COMPRESSION_TYPE_FEATURE).putLong(0).putLong(0);
    header.putInt(4).putInt(HEADER_LENGTH);
    header.put((byte) compressionType);
    file.write(header.clear(), 0);
  }

  /** Puts an entry, given its number, into a buffer. */
  @FunctionalInterface
  private interface Entry {
    void put(ByteBuffer buffer, long number);
  }

  private void write(long position, long count, int entryBytes, Entry entry) throws IOException {
    ByteBuffer buffer = Content.piece().asByteBuffer();
    long at = position;
    for (long n = 0; n < count; n++) {
      entry.put(buffer, n);
      if (!buffer.hasRemaining() || n == count - 1) {
        for (buffer.flip(); buffer.hasRemaining(); ) {
          at += file.write(buffer, at);
        }
        buffer.clear();
      }
    }
    assert at == position + count * entryBytes;
  }
}
