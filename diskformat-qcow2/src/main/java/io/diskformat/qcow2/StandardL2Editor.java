package io.diskformat.qcow2;

import io.diskformat.table.MetadataPages;
import java.io.IOException;

/** Changes standard L2 entries: one word, one cluster. */
final class StandardL2Editor extends L2Editor {
  private final boolean knowsZero;

  StandardL2Editor(Qcow2Header header, ClusterMap map, MetadataPages pages, Freed freed) {
    super(header, map, pages, freed);
    this.knowsZero = header.version() >= 3;
  }

  @Override
  void link(long cluster, long start, long end, long place) throws IOException {
    long position = map.entryPosition(cluster);
    long old = map.entry(position);
    write(position, L2Entry.owned(place));
    release(old, place);
  }

  @Override
  void linkCompressed(long cluster, long entry) throws IOException {
    long position = map.entryPosition(cluster);
    long old = map.entry(position);
    write(position, entry);
    freed.entry(old);
  }

  @Override
  boolean canZero(long offset, long length) {
    return true;
  }

  @Override
  void zero(long cluster, long start, long end, boolean hasBacking) throws IOException {
    long position = map.entryPosition(cluster);
    long old = map.entry(position);
    if (old == L2Entry.NONE && !hasBacking) {
      return;
    }
    if (L2Entry.isOwned(old)) {
      write(position, L2Entry.zeroed(old));
    } else {
      write(position, L2Entry.ZERO);
      freed.entry(old);
    }
  }

  @Override
  void discard(long cluster, boolean hasBacking) throws IOException {
    long position = map.entryPosition(cluster);
    long old = map.entry(position);
    long discarded = hasBacking && knowsZero ? L2Entry.ZERO : L2Entry.NONE;
    if (old == L2Entry.NONE || old == discarded) {
      return;
    }
    write(position, discarded);
    freed.entry(old);
  }

  @Override
  void forget(long cluster) throws IOException {
    discard(cluster, false);
  }
}
