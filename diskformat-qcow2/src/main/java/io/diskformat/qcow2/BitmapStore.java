package io.diskformat.qcow2;

import io.diskformat.UnsupportedFeatureException;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes tables of bitmaps, and a directory of them, to where nothing is, and then makes the header
 * point there; what is not needed any more is given up after that.
 */
final class BitmapStore {
  private final Storage storage;
  private final ImageTables tables;
  private final Qcow2Header header;
  private final Order order;

  /** The clusters to which nothing points any more once the new directory is in force. */
  private final List<Long> unneeded = new ArrayList<>();

  /** What the writer of the image must do before the header changes. */
  interface Order {
    /** Makes what was allocated and written durable. */
    void flush() throws IOException;

    /** Called before a change that removes the last references to some clusters. */
    void beforeGivingUp() throws IOException;
  }

  /**
   * Creates a store.
   *
   * @param header as it is in the file
   */
  BitmapStore(Storage storage, ImageTables tables, Qcow2Header header, Order order) {
    this.storage = storage;
    this.tables = tables;
    this.header = header;
    this.order = order;
  }

  /** Writes a table, and returns where it is. */
  long writeTable(long[] table) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(wholeClusters(8L * table.length));
    for (long entry : table) {
      bytes.putLong(entry);
    }
    return write(bytes);
  }

  private int wholeClusters(long bytes) {
    return Math.toIntExact(
        Math.max(1, Math.ceilDiv(bytes, header.clusterSize())) * header.clusterSize());
  }

  /** Writes whole clusters to where nothing is, and returns where. */
  private long write(ByteBuffer clusters) throws IOException {
    long position = allocate(clusters.capacity() >>> header.clusterBits());
    storage.write(position, MemorySegment.ofBuffer(clusters.clear()));
    return position;
  }

  /** Writes a cluster of bits to where nothing is, and returns where. */
  long writeBits(byte[] bits) throws IOException {
    return write(ByteBuffer.wrap(bits));
  }

  /** Returns the position of adjacent clusters where nothing is. */
  private long allocate(int clusters) throws IOException {
    return tables.allocator().allocateTable(clusters) << header.clusterBits();
  }

  // The directory

  /**
   * Frees a bitmap's clusters as soon as the directory is replaced. Leaves alone what cannot be the
   * bitmap's: the bitmap may be inconsistent.
   */
  void forget(BitmapEntry entry) throws IOException {
    long length = 8L * entry.tableEntries();
    if (!isPlace(entry.tablePosition(), length)) {
      return;
    }
    for (int i = 0; i < entry.tableEntries(); i++) {
      long data = BitmapDirectory.data(storage.readLong(entry.tablePosition() + 8L * i));
      if (data != 0 && isPlace(data, header.clusterSize())) {
        unneeded.add(data >>> header.clusterBits());
      }
    }
    forget(entry.tablePosition(), length);
  }

  private boolean isPlace(long position, long length) throws IOException {
    return position > 0
        && length > 0
        && (position & header.clusterSize() - 1) == 0
        && position <= storage.size() - length;
  }

  private void forget(long position, long length) {
    for (long at = position; at < position + length; at += header.clusterSize()) {
      unneeded.add(at >>> header.clusterBits());
    }
  }

  /** Frees a cluster of bits, as soon as the directory is replaced. */
  void forgetBits(long position) {
    unneeded.add(position >>> header.clusterBits());
  }

  /** Frees a bitmap's table, and not what it refers to, as soon as the directory is replaced. */
  void forgetTable(BitmapEntry entry) {
    forget(entry.tablePosition(), 8L * entry.tableEntries());
  }

  /** Gives the image these bitmaps instead of those that it has, durably. */
  void replaceDirectory(List<BitmapEntry> entries) throws IOException {
    BitmapDirectory.Place old = BitmapDirectory.place(storage, header);
    byte[] extension =
        entries.isEmpty() ? null : BitmapDirectory.extension(writeDirectory(entries));
    // What the header will point to, and its refcounts, must be durable first.
    order.flush();
    order.beforeGivingUp();
    new HeaderRewrite(storage, HeaderParser.read(storage))
        .extension(HeaderExtensions.BITMAPS, extension)
        .autoclear(Qcow2Header.BITMAPS, extension != null)
        .write();
    forget(old.position(), old.size());
    for (long cluster : unneeded) {
      free(cluster);
    }
  }

  /** Frees a cluster, unless it is not counted, or holds a table of another kind. */
  private void free(long cluster) throws IOException {
    MetadataRegions.Kind kind = tables.metadata().kind(cluster);
    if (tables.allocator().isUsed(cluster)
        && (kind == null || kind == MetadataRegions.Kind.BITMAPS)) {
      tables.allocator().free(cluster);
    }
  }

  private BitmapDirectory.Place writeDirectory(List<BitmapEntry> entries) throws IOException {
    long size = 0;
    for (BitmapEntry entry : entries) {
      if (entry.extraLength() != 0) {
        throw new UnsupportedFeatureException(
            storage.name(), "a bitmap with extra data: " + entry.name());
      }
      size += BitmapEntry.length(entry.rawName().length(), 0);
    }
    ByteBuffer bytes = ByteBuffer.allocate(wholeClusters(size));
    entries.forEach(entry -> entry.put(bytes));
    return new BitmapDirectory.Place(write(bytes), size, entries.size());
  }
}
