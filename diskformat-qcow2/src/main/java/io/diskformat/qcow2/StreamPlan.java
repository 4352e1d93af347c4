package io.diskformat.qcow2;

import io.diskformat.UnsupportedFeatureException;
import io.diskformat.onepass.AnnouncedUnits;
import java.io.IOException;

/**
 * Where everything is in an image that is written in one pass: what the tables say is known before
 * the first of them is written.
 *
 * <pre>
 * header                    1 cluster
 * refcount table
 * refcount blocks           for all clusters of the file
 * L1 table
 * L2 tables                 those that name any cluster
 * clusters of the disk      in its order; compressed ones one right after the other
 * </pre>
 */
final class StreamPlan {
  /** Receives a cluster of the disk. */
  @FunctionalInterface
  interface Visitor {
    /**
     * Receives a cluster.
     *
     * @param position in the file, in bytes
     * @param length in the file, in bytes
     */
    void cluster(long cluster, long position, int length) throws IOException;
  }

  /** Receives the number of streams in a cluster of the file. */
  @FunctionalInterface
  interface CountVisitor {
    void count(long count) throws IOException;
  }

  private final int clusterBits;
  private final AnnouncedUnits units;
  private final RefcountBlock refcounts;
  private final long l1Clusters;
  private final long dataClusters;
  private final RefcountBlock.Size size;

  /**
   * Makes a plan.
   *
   * @param name of the image in error messages
   * @param units the clusters of the disk that will be there, in parts that have one L2 table each
   * @param l1Entries how many entries the L1 table has
   * @throws UnsupportedFeatureException if nothing could open the image, as its refcount table
   *     would be too long
   */
  StreamPlan(String name, Qcow2Options options, AnnouncedUnits units, long l1Entries)
      throws IOException {
    this.clusterBits = options.clusterBits();
    this.units = units;
    this.refcounts = RefcountBlock.of(options.refcountOrder(), clusterBits);
    this.l1Clusters = clusters(l1Entries * Long.BYTES);
    long[] end = {0};
    visitFrom(0, (cluster, position, length) -> end[0] = position + length);
    this.dataClusters = clusters(end[0]);
    this.size = refcounts.sizeFor(1 + l1Clusters + units.partCount() + dataClusters);
    if (size.table() << clusterBits > Qcow2Header.MAX_REFCOUNT_TABLE_BYTES) {
      throw new UnsupportedFeatureException(
          name,
          "a refcount table of more than 8 MiB, as for "
              + total()
              + " clusters of "
              + (1 << clusterBits)
              + " bytes");
    }
  }

  private long clusters(long bytes) {
    return (bytes + (1L << clusterBits) - 1) >>> clusterBits;
  }

  /** Returns how many refcount blocks there are. */
  long blocks() {
    return size.blocks();
  }

  /** Returns how many clusters the refcount table has. */
  long tableClusters() {
    return size.table();
  }

  /** Returns the first cluster of the refcount blocks. */
  long firstBlock() {
    return 1 + size.table();
  }

  /** Returns the first cluster of the L1 table. */
  long l1() {
    return firstBlock() + size.blocks();
  }

  /** Returns the first cluster of the L2 tables. */
  long l2() {
    return l1() + l1Clusters;
  }

  /** Returns the first cluster of the disk's data. */
  long data() {
    return l2() + units.partCount();
  }

  /** Returns how many clusters the file has. */
  long total() {
    return data() + dataClusters;
  }

  /** Visits the clusters of the disk in the order of disk and file. */
  void visit(Visitor visitor) throws IOException {
    visitFrom(data() << clusterBits, visitor);
  }

  private void visitFrom(long start, Visitor visitor) throws IOException {
    Placement placement = new Placement(start);
    units.visit((unit, length) -> visitor.cluster(unit, placement.place(length), length));
  }

  /** Returns a new iteration over the positions of the disk's clusters. */
  Placement placement() {
    return new Placement(data() << clusterBits);
  }

  /** Visits the refcounts of all clusters of the file, in ascending order. */
  void visitCounts(CountVisitor visitor) throws IOException {
    for (long i = 0; i < data(); i++) {
      visitor.count(1);
    }
    // The cluster whose streams are being counted, and how many it has so far.
    long[] counted = {data(), 0};
    visit((cluster, position, length) -> {
      long first = position >>> clusterBits;
      long last = (position + length - 1) >>> clusterBits;
      while (counted[0] < first) {
        visitor.count(counted[1]);
        counted[0]++;
        counted[1] = 0;
      }
      counted[1]++;
      while (counted[0] < last) {
        visitor.count(counted[1]);
        counted[0]++;
        counted[1] = 1;
      }
    });
    if (counted[0] < total()) {
      visitor.count(counted[1]);
    }
  }

  /** Gives clusters of the disk their positions, one after the other. */
  final class Placement {
    private long end;

    /** How many streams the cluster has in which {@link #end} is. */
    private long inLast;

    private Placement(long start) {
      end = start;
    }

    /**
     * Returns the position of the next cluster: where the one before it ends, unless it is not
     * compressed, or a refcount has no room for one more.
     */
    long place(int length) {
      long mask = (1L << clusterBits) - 1;
      if ((end & mask) != 0 && (length > mask || inLast == refcounts.max())) {
        end = (end + mask) & ~mask;
      }
      if ((end & mask) == 0) {
        inLast = 0;
      }
      long position = end;
      end += length;
      boolean goesOn = position >>> clusterBits != (end - 1) >>> clusterBits;
      inLast = goesOn ? 1 : inLast + 1;
      return position;
    }
  }
}
