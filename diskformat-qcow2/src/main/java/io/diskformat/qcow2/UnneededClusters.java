package io.diskformat.qcow2;

import io.diskformat.BlockDevice;
import io.diskformat.maintenance.StoredContent;
import io.diskformat.maintenance.StoredContent.Need;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Forgets what the disk need not store: clusters and subclusters that hold only zeroes, or what the
 * backing file has as well; places that were only reserved; and then L2 tables without an entry. A
 * table that a snapshot has as well is left as it is, as all it refers to is the snapshot's, too.
 *
 * <p>Of a raw data file every cluster stays recorded, since others change such a file; there, space
 * that holds zeroes is given back to the host.
 */
final class UnneededClusters {
  /** How many clusters of a data file are forgotten before they are given back. */
  private static final int MOST_FORGOTTEN = 1 << 12;

  private final CompactionImage image;
  private final ClusterMap map;
  private final Storage data;
  private final EntryTargets targets;
  private final StoredContent content;
  private final boolean hasBelow;
  private final boolean knowsZero;
  private final boolean extended;
  private final boolean external;
  private final boolean rawData;
  private final long size;
  private final int subclusterBits;

  /** A cluster that was decompressed. */
  private MemorySegment unit = MemorySegment.NULL;

  /** The positions of clusters of a data file to which no table refers once changes are durable. */
  private long[] forgotten = new long[16];

  private int forgottenCount;

  /**
   * Prepares to look.
   *
   * @param below the device below, or null for zeroes
   */
  UnneededClusters(CompactionImage image, @Nullable BlockDevice below) {
    Qcow2Header header = image.tables().header();
    this.image = image;
    this.map = image.map();
    this.data = image.data();
    this.targets = new EntryTargets(image.tables(), image.compressed());
    this.content = new StoredContent(data, below, header.clusterSize());
    this.hasBelow = below != null;
    this.knowsZero = header.version() >= 3;
    this.extended = header.has(Qcow2Header.EXTENDED_L2);
    this.external = header.has(Qcow2Header.EXTERNAL_DATA);
    this.rawData = header.hasRawData();
    this.size = header.size();
    this.subclusterBits = header.clusterBits() - SubclusterBitmap.COUNT_BITS;
  }

  /** Forgets all that is not needed, and makes that durable. */
  void forget() throws IOException {
    L1Table l1 = map.l1();
    for (int i = 0; i < l1.entries(); i++) {
      long position = l1.entryPosition(i);
      long table = L1Entry.table(map.l1Entry(position));
      if (table != 0 && image.allocator().isSingle(table >>> image.clusterBits())) {
        if (!visit(table, i * map.coverage())) {
          image.pages().write(position, 0, WriteOrder.L1);
          image.allocator().free(table >>> image.clusterBits());
        }
      }
      image.progress().upTo(Math.min(size, (i + 1) * map.coverage()));
    }
    flush();
  }

  /** Makes changes durable, and gives back what was forgotten of a data file. */
  private void flush() throws IOException {
    image.flush();
    for (int i = 0; i < forgottenCount; i++) {
      giveBack(forgotten[i]);
    }
    forgottenCount = 0;
  }

  private void giveBack(long offset) throws IOException {
    long end = Math.min(offset + image.clusterSize(), Math.min(size, data.size()));
    if (offset < end && !data.isTransformed()) {
      data.zero(offset, end - offset, true);
    }
  }

  /** Returns whether anything is still recorded in a table that is for the disk from an offset. */
  private boolean visit(long table, long start) throws IOException {
    boolean any = false;
    long offset = start;
    for (long at = table; at < table + image.clusterSize(); at += map.entrySize()) {
      any |= look(at, offset);
      offset += image.clusterSize();
      if (forgottenCount >= MOST_FORGOTTEN) {
        flush();
      }
    }
    image.flushIfMuch();
    return any;
  }

  private boolean look(long position, long offset) throws IOException {
    long entry = map.entry(position);
    long bitmap = extended ? map.entry(position + Long.BYTES) : 0;
    if (entry == L2Entry.NONE && bitmap == 0) {
      return false;
    }
    if (offset >= size) {
      // A snapshot may have left a machine's state here.
      return true;
    }
    image.progress().upTo(offset);
    if (rawData) {
      lookAtRawData(entry, bitmap, offset);
      return true;
    }
    return (extended && !L2Entry.isCompressed(entry))
        ? lookAtSubclusters(position, entry, bitmap, offset)
        : lookAtCluster(position, entry, offset);
  }

  private long length(long offset) {
    return Math.min(image.clusterSize(), size - offset);
  }

  private void lookAtRawData(long entry, long bitmap, long offset) throws IOException {
    boolean stored = extended ? SubclusterBitmap.storesAny(bitmap) : !L2Entry.isZero(entry);
    if (stored && content.need(offset, offset, length(offset)) == Need.NOTHING) {
      giveBack(offset);
    }
  }

  private boolean lookAtCluster(long position, long entry, long offset) throws IOException {
    Need need = need(entry, offset);
    if (need == Need.STORED || (need == Need.ZEROES && !knowsZero)) {
      return true;
    }
    boolean zero = need == Need.ZEROES;
    replace(position, entry, zero && !extended ? L2Entry.ZERO : L2Entry.NONE, offset);
    if (zero && extended) {
      image.pages().write(position + Long.BYTES, SubclusterBitmap.ALL_ZERO, WriteOrder.L2);
    }
    return zero;
  }

  private Need need(long entry, long offset) throws IOException {
    if (L2Entry.isCompressed(entry)) {
      if (unit.byteSize() == 0) {
        unit = MemorySegment.ofArray(new byte[(int) image.clusterSize()]);
      }
      image.compressed().read(entry, unit);
      return content.need(offset, unit.asSlice(0, length(offset)));
    }
    if (L2Entry.isZero(entry)) {
      return hasBelow ? Need.ZEROES : Need.NOTHING;
    }
    return map.hasPlace(entry)
        ? content.need(offset, L2Entry.place(entry), length(offset))
        : Need.STORED;
  }

  private boolean lookAtSubclusters(long position, long entry, long bitmap, long offset)
      throws IOException {
    long now = bitmap;
    for (int i = 0; i < SubclusterBitmap.COUNT; i++) {
      long set = SubclusterBitmap.range(i, i + 1);
      Need need = need(entry, bitmap, i, offset);
      if (need == Need.NOTHING) {
        now &= ~(set | (set << SubclusterBitmap.COUNT));
      } else if (need == Need.ZEROES) {
        now = SubclusterBitmap.zero(now, set);
      }
    }
    if (now != bitmap) {
      image.pages().write(position + Long.BYTES, now, WriteOrder.L2);
    }
    boolean stores = SubclusterBitmap.storesAny(now);
    replace(position, entry, stores ? entry : L2Entry.NONE, offset);
    return now != 0;
  }

  private Need need(long entry, long bitmap, int subcluster, long offset) throws IOException {
    long within = (long) subcluster << subclusterBits;
    if (offset + within >= size) {
      return Need.NOTHING;
    }
    if (SubclusterBitmap.isZero(bitmap, subcluster)) {
      return hasBelow ? Need.ZEROES : Need.NOTHING;
    }
    if (!SubclusterBitmap.isStored(bitmap, subcluster)) {
      return Need.NOTHING;
    }
    long length = Math.min(1L << subclusterBits, size - offset - within);
    return content.need(offset + within, L2Entry.place(entry) + within, length);
  }

  /** Replaces an entry, and gives up what it refers to. */
  private void replace(long position, long entry, long now, long offset) throws IOException {
    if (now == entry) {
      return;
    }
    image.pages().write(position, now, WriteOrder.L2);
    targets.free(entry);
    if (external && map.hasPlace(entry)) {
      if (forgottenCount == forgotten.length) {
        forgotten = Arrays.copyOf(forgotten, 2 * forgottenCount);
      }
      forgotten[forgottenCount++] = offset;
    }
  }
}
