package io.diskformat.qcow2;

import io.diskformat.storage.Storage;
import io.diskformat.table.MetadataPages;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;

/** Compares an image's refcounts with its references, changing nothing. */
final class RefcountAudit {
  private final int leaks;
  private final String corruption;

  private RefcountAudit(int leaks, String corruption) {
    this.leaks = leaks;
    this.corruption = corruption;
  }

  static RefcountAudit of(Storage storage) throws IOException {
    Qcow2Header header = HeaderParser.read(storage);
    MetadataPages pages = new MetadataPages(storage, header.clusterSize());
    Refcounts refcounts = new Refcounts(storage, pages, header);
    Map<Long, Integer> counted = new HashMap<>();
    try (ClusterReader compressed = new ClusterReader(storage, header)) {
      new References(storage, header, pages, refcounts, compressed)
          .visit((first, count, entries) -> {
            for (long i = first; i < first + count; i++) {
              counted.merge(i, Math.toIntExact(entries), Integer::sum);
            }
          });
    }
    long clusters = (storage.size() + header.clusterSize() - 1) / header.clusterSize();
    for (long cluster : counted.keySet()) {
      clusters = Math.max(clusters, cluster + 1);
    }
    int leaks = 0;
    String corruption = "";
    for (long cluster = 0; cluster < clusters; cluster++) {
      long recorded = refcounts.get(cluster);
      int references = counted.getOrDefault(cluster, 0);
      if (recorded < references) {
        corruption += " cluster " + cluster + ": " + recorded + " < " + references;
      } else if (recorded > references) {
        leaks++;
      }
    }
    corruption += flags(header, pages, refcounts, storage.size());
    return new RefcountAudit(leaks, corruption);
  }

  /** A flag that is set although others share the cluster would have them overwritten. */
  private static String flags(
      Qcow2Header header, MetadataPages pages, Refcounts refcounts, long fileSize)
      throws IOException {
    String wrong = "";
    int step = header.has(Qcow2Header.EXTENDED_L2) ? 16 : 8;
    for (int i = 0; i < header.l1Entries(); i++) {
      long position = header.l1Position() + 8L * i;
      long entry = position + 8 > fileSize ? 0 : pages.read(position);
      long table = entry & L2Entry.PLACE;
      if (table == 0) {
        continue;
      }
      wrong += flag(entry, refcounts.get(table >>> header.clusterBits()), "L1 " + i);
      for (long at = table; at < table + header.clusterSize(); at += step) {
        long l2 = pages.read(at);
        if ((l2 & L2Entry.COMPRESSED) == 0 && (l2 & L2Entry.PLACE) != 0) {
          long cluster = (l2 & L2Entry.PLACE) >>> header.clusterBits();
          wrong += flag(l2, refcounts.get(cluster), "L2 at " + at);
        }
      }
    }
    return wrong;
  }

  private static String flag(long entry, long refcount, String what) {
    return (entry & L2Entry.COPIED) != 0 && refcount > 1
        ? " " + what + ": flagged as single, but has refcount " + refcount
        : "";
  }

  int leaks() {
    return leaks;
  }

  /** Returns what is corrupt, or an empty text. */
  String corruption() {
    return corruption;
  }
}
