package io.diskformat.qcow2;

import io.diskformat.table.MetadataPages;
import java.io.IOException;

/**
 * Sets the COPIED flags of the disk's own tables where a cluster has a refcount of one, and clears
 * them elsewhere. Not thread-safe.
 */
final class CopiedFlags {
  private final Qcow2Header header;
  private final MetadataPages pages;
  private final Words words;
  private final Flag flag;

  /** Reads words of tables. */
  @FunctionalInterface
  interface Words {
    /** Returns the word at a position of the file. */
    long at(long position) throws IOException;
  }

  /** Says whether the entry that points to a cluster has the flag. */
  @FunctionalInterface
  interface Flag {
    boolean of(long cluster) throws IOException;
  }

  CopiedFlags(Qcow2Header header, MetadataPages pages, Words words, Flag flag) {
    this.header = header;
    this.pages = pages;
    this.words = words;
    this.flag = flag;
  }

  /** Corrects an entry of an L1 table; returns the position of the L2 table, or 0 for none. */
  long correctL1(long position) throws IOException {
    long entry = words.at(position);
    long table = L1Entry.table(entry);
    if (table != 0) {
      write(position, entry, L1Entry.withCopied(entry, isSingle(table)), WriteOrder.L1);
    }
    return table;
  }

  /** Corrects all entries of an L2 table; with an external data file, they have no refcounts. */
  void correctL2(long table) throws IOException {
    if (header.has(Qcow2Header.EXTERNAL_DATA)) {
      return;
    }
    for (long at = table; at < table + header.clusterSize(); at += 1L << header.l2EntryBits()) {
      long entry = words.at(at);
      long place = L2Entry.place(entry);
      if (!L2Entry.isCompressed(entry) && place != 0) {
        write(at, entry, L2Entry.withCopied(entry, isSingle(place)), WriteOrder.L2);
      }
    }
  }

  private boolean isSingle(long place) throws IOException {
    return flag.of(place >>> header.clusterBits());
  }

  private void write(long position, long entry, long correct, int order) throws IOException {
    if (correct != entry) {
      pages.write(position, correct, order);
    }
  }
}
