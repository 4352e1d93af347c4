package io.diskformat.qcow2;

import io.diskformat.storage.Storage;
import io.diskformat.table.SectorFields;
import java.io.IOException;
import java.nio.ByteOrder;

/** Changes fields of an image's header in the file. Durable after the next barrier. Thread-safe. */
final class HeaderFields {
  private final SectorFields sector;
  private final boolean hasFeatures;
  private long incompatible;
  private long autoclear;

  HeaderFields(Storage storage, Qcow2Header header) {
    this.sector = new SectorFields(storage, ByteOrder.BIG_ENDIAN);
    this.hasFeatures = header.version() >= 3;
    this.incompatible = header.incompatible();
    this.autoclear = header.autoclear();
  }

  /** Returns whether the image has feature bits at all. */
  boolean hasFeatures() {
    return hasFeatures;
  }

  synchronized boolean isSet(long incompatibleBit) {
    return (incompatible & incompatibleBit) != 0;
  }

  synchronized void set(long incompatibleBit, boolean value) throws IOException {
    long bits = value ? incompatible | incompatibleBit : incompatible & ~incompatibleBit;
    sector.write(HeaderLayout.INCOMPATIBLE, Long.BYTES, field -> field.putLong(bits));
    incompatible = bits;
  }

  /** Clears the autoclear bits that stand for what this library does not keep up to date. */
  synchronized void clearUnknownAutoclear() throws IOException {
    long known = autoclear & (Qcow2Header.BITMAPS | Qcow2Header.RAW_EXTERNAL_DATA);
    if (known != autoclear) {
      sector.write(HeaderLayout.AUTOCLEAR, Long.BYTES, field -> field.putLong(known));
      autoclear = known;
    }
  }

  void refcountTable(long position, int clusters) throws IOException {
    sector.write(
        HeaderLayout.REFCOUNT_TABLE, 12, fields -> fields.putLong(position).putInt(clusters));
  }

  /** Changes where the snapshot table is, and how many snapshots it has, in one write. */
  void snapshots(int count, long position) throws IOException {
    sector.write(HeaderLayout.SNAPSHOTS, 12, fields -> fields.putInt(count).putLong(position));
  }

  /** Changes the disk's size and its L1 table in one write. */
  void disk(long size, int encryption, L1Table l1) throws IOException {
    sector.write(
        HeaderLayout.DISK_SIZE,
        HeaderLayout.REFCOUNT_TABLE - HeaderLayout.DISK_SIZE,
        fields ->
            fields.putLong(size).putInt(encryption).putInt(l1.entries()).putLong(l1.position()));
  }

  /** Changes where the refcount table is, and how wide refcounts are, in one write. */
  void refcounts(long position, int clusters, int order) throws IOException {
    sector.patch(fields ->
        fields
            .putLong(HeaderLayout.REFCOUNT_TABLE, position)
            .putInt(HeaderLayout.REFCOUNT_TABLE_CLUSTERS, clusters)
            .putInt(HeaderLayout.REFCOUNT_ORDER, order));
  }

  /** Sets the compatible feature bits. */
  void compatible(long bits) throws IOException {
    sector.write(HeaderLayout.COMPATIBLE, Long.BYTES, field -> field.putLong(bits));
  }
}
