package io.diskformat.qcow2;

import io.diskformat.CorruptImageException;
import io.diskformat.table.MetadataPages;
import io.diskformat.table.TableWriter;
import java.io.IOException;
import java.util.Arrays;

/**
 * Adds and gives up the references of whole L1 tables: those to L2 tables, and those of their
 * entries to clusters. What is referred to more than once has no COPIED flag. Changed tables are
 * flushed whenever there are many, which leaves refcounts too high at worst. Not thread-safe:
 * nothing else changes the image meanwhile.
 */
final class L1References {
  private final ClusterMap map;
  private final MetadataPages pages;
  private final ClusterAllocator allocator;
  private final EntryTargets targets;
  private final TableWriter writer;
  private final Qcow2Header header;
  private final String image;
  private final int clusterBits;

  L1References(ImageTables tables, EntryTargets targets, TableWriter writer) {
    this.map = tables.map();
    this.pages = tables.pages();
    this.allocator = tables.allocator();
    this.targets = targets;
    this.writer = writer;
    this.header = tables.header();
    this.image = tables.storage().name();
    this.clusterBits = tables.header().clusterBits();
  }

  /**
   * Returns the positions of the L2 tables of an L1 table, by index; 0 for none.
   *
   * @throws CorruptImageException if an L2 table is named twice, or is not at the start of a
   *     cluster
   */
  long[] tables(L1Table l1) throws IOException {
    long[] found = new long[l1.entries()];
    for (int i = 0; i < found.length; i++) {
      found[i] = L1Entry.table(map.l1Entry(l1.entryPosition(i)));
    }
    long[] sorted = found.clone();
    Arrays.sort(sorted);
    for (int i = 0; i < sorted.length; i++) {
      boolean twice = i > 0 && sorted[i] != 0 && sorted[i] == sorted[i - 1];
      if (twice || (sorted[i] & (1L << clusterBits) - 1) != 0) {
        throw new CorruptImageException(
            image,
            "L1 table",
            l1.position(),
            (twice ? "two entries point to " : "an entry points outside a cluster, to ")
                + sorted[i]);
      }
    }
    return found;
  }

  /**
   * Adds a reference to each L2 table, and to what its entries refer to. If that fails, none is
   * added.
   *
   * @throws io.diskformat.UnsupportedFeatureException if a refcount is too narrow
   */
  void share(long[] l2Tables) throws IOException {
    int shared = 0;
    try {
      for (; shared < l2Tables.length; shared++) {
        if (l2Tables[shared] != 0) {
          shareTable(l2Tables[shared]);
          writer.flushIfWanted();
        }
      }
    } catch (IOException e) {
      try {
        unshare(Arrays.copyOf(l2Tables, shared));
      } catch (IOException another) {
        e.addSuppressed(another);
      }
      throw e;
    }
  }

  /**
   * Clears all COPIED flags of the disk's own tables, and makes that durable. What has the flag
   * must not be counted twice at any instant, so this comes before {@link #share}.
   */
  void clearFlags() throws IOException {
    setFlags(cluster -> false);
    writer.flush();
  }

  private void shareTable(long table) throws IOException {
    long done = table;
    boolean complete = false;
    try {
      for (; done < table + map.compressedUnit(); done += map.entrySize()) {
        long entry = map.entry(done);
        targets.share(entry);
        if (L2Entry.isOwned(entry)) {
          pages.write(done, L2Entry.withCopied(entry, false), WriteOrder.L2);
        }
      }
      targets.shareCluster(table >>> clusterBits);
      complete = true;
    } finally {
      for (long at = table; !complete && at < done; at += map.entrySize()) {
        targets.unshare(map.entry(at));
      }
    }
  }

  /** Takes back what {@link #share} did, if no table was made durable that relies on it. */
  void unshare(long[] l2Tables) throws IOException {
    for (long table : l2Tables) {
      if (table != 0) {
        for (long entry : map.entries(table)) {
          targets.unshare(entry);
        }
        var _ = allocator.giveUp(table >>> clusterBits);
      }
    }
    correctFlags();
  }

  /** Gives up the references of an L1 table to which the durable header points no more. */
  void giveUp(long[] l2Tables) throws IOException {
    for (long table : l2Tables) {
      if (table != 0) {
        for (long entry : map.entries(table)) {
          targets.free(entry);
        }
        allocator.free(table >>> clusterBits);
        writer.flushIfWanted();
      }
    }
  }

  /** Sets or clears the COPIED flags of the disk's own tables, as the refcounts are. */
  void correctFlags() throws IOException {
    setFlags(allocator::isSingle);
  }

  private void setFlags(CopiedFlags.Flag flag) throws IOException {
    CopiedFlags flags = new CopiedFlags(header, pages, pages::read, flag);
    L1Table l1 = map.l1();
    for (int i = 0; i < l1.entries(); i++) {
      long table = flags.correctL1(l1.entryPosition(i));
      if (table != 0) {
        flags.correctL2(table);
        writer.flushIfWanted();
      }
    }
  }
}
