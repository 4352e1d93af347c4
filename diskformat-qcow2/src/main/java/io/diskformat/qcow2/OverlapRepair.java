package io.diskformat.qcow2;

import io.diskformat.CheckReport.Kind;
import io.diskformat.CheckReport.Problem;
import io.diskformat.storage.Storage;
import io.diskformat.table.Barriers;
import io.diskformat.table.MetadataPages;
import io.diskformat.table.Word;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Gives data that lies where a table is a place of its own: a copy, so that the disk shows what it
 * did, and later writes to it do not change the table. The refcounts must be right. Leaves clusters
 * that two tables use, or a table and compressed data, and what a table refers to whose own cluster
 * is shared: a change there would change both.
 */
final class OverlapRepair {
  /**
   * The most entries that get a copy, and the most L2 tables to visit; if there are more, nothing
   * is copied.
   */
  private static final int MOST = 1 << 16;

  private final Qcow2Check image;
  private final CheckedFile file;
  private final Storage storage;
  private final Qcow2Header header;
  private final Consumer<Problem> changes;
  private final Map<Long, Long> tables = new HashMap<>();
  private final Map<Long, Long> found = new HashMap<>();
  private final List<Reference> references = new ArrayList<>();

  /** An entry for data that lies where a table is, in a table to which several L1 entries point. */
  private record Reference(long position, long entry, long owners) {}

  OverlapRepair(Qcow2Check image, Consumer<Problem> changes) {
    this.image = image;
    this.file = image.file();
    this.storage = file.storage();
    this.header = file.header();
    this.changes = changes;
  }

  /**
   * Makes the copies, and lets the entries point to them, both durable; returns how many. The old
   * places then have refcounts that are too high.
   */
  long run() throws IOException {
    // Encrypted sectors depend on their positions, so a copy would be other data.
    if (header.encryption() != Encryption.NONE || header.has(Qcow2Header.EXTERNAL_DATA)) {
      return 0;
    }
    image
        .references()
        .visitL2Tables((position, active) -> {
          boolean isTable =
              file.isAligned(position) && image.isAlone(position, header.clusterSize());
          if (isTable && tables.size() < MOST) {
            tables.merge(position, 1L, Long::sum);
          }
        });
    for (Map.Entry<Long, Long> table : tables.entrySet()) {
      find(table.getKey(), table.getValue());
    }
    references.removeIf(reference -> {
      long cluster = clusterOf(reference.entry);
      return image.overlaps().others(cluster) != found.getOrDefault(cluster, 0L);
    });
    if (references.isEmpty() || references.size() >= MOST || tables.size() >= MOST) {
      return 0;
    }
    copyAll();
    return references.size();
  }

  private long clusterOf(long entry) {
    return L2Entry.place(entry) >>> header.clusterBits();
  }

  private void find(long position, long owners) throws IOException {
    byte[] table = new byte[header.clusterSize()];
    file.read(position, table, table.length);
    for (int at = 0; at < table.length; at += 1 << header.l2EntryBits()) {
      long entry = CheckedFile.word(table, at);
      if (entry != 0
          && CopiedCheck.hasPlace(header, entry)
          && file.isAligned(L2Entry.place(entry))
          && image.overlaps().others(clusterOf(entry)) > 0
          && references.size() < MOST) {
        references.add(new Reference(position + at, entry, owners));
        found.merge(clusterOf(entry), owners, Long::sum);
      }
    }
  }

  private void copyAll() throws IOException {
    MetadataPages pages = new MetadataPages(storage, header.clusterSize());
    Refcounts refcounts = new Refcounts(storage, pages, header);
    MetadataRegions none = new MetadataRegions(storage.name(), header.clusterBits());
    ClusterAllocator allocator =
        new ClusterAllocator(storage, refcounts, none, header.clusterBits(), false);
    byte[] content = new byte[header.clusterSize()];
    long[] places = new long[references.size()];
    try {
      // All are copied before any entry changes, as a changed entry may itself be in a copied
      // cluster.
      for (int i = 0; i < places.length; i++) {
        Reference reference = references.get(i);
        places[i] = allocator.allocate(1).position();
        refcounts.set(places[i] >>> header.clusterBits(), reference.owners);
        file.read(L2Entry.place(reference.entry), content, content.length);
        storage.write(places[i], MemorySegment.ofArray(content));
      }
      pages.writeOut(WriteOrder.REFCOUNT_BLOCK);
      storage.flush();
      refcounts.writeTable(new HeaderFields(storage, header), new Barriers(storage, storage));
    } finally {
      allocator.trim();
    }
    for (int i = 0; i < places.length; i++) {
      Reference reference = references.get(i);
      long flags = reference.entry & ~(L2Entry.PLACE | L2Entry.COPIED);
      Word.BIG_ENDIAN_64.write(storage, reference.position, flags | places[i]);
      changes.accept(
          Findings.change(
              Kind.OVERLAP,
              "L2 entry",
              reference.position,
              "data at " + L2Entry.place(reference.entry) + ", where a table is",
              "a copy at " + places[i],
              null));
    }
    storage.flush();
  }
}
