package io.diskformat.qcow2;

import io.diskformat.CorruptImageException;
import io.diskformat.DiskFormatException;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.storage.Storage;
import java.io.EOFException;
import java.io.IOException;
import java.util.Arrays;

/**
 * The table of one bitmap, and the clusters with its bits: bit 0 of a byte is for less of the disk
 * than bit 1, and the bytes follow each other. {@link BitmapDirectory} draws an entry of the table.
 */
final class BitmapTable {
  /** The most bytes of bits that QEMU reads. */
  private static final long MAX_BYTES = 512 << 20;

  static final long ALL_ONES = 1;

  private final Storage storage;
  private final BitmapEntry bitmap;
  private final int clusterBits;

  /** What a table entry says of its bits. */
  enum Part {
    ZEROES,
    ONES,
    STORED
  }

  /**
   * Opens a bitmap.
   *
   * @throws DiskFormatException if it is inconsistent
   * @throws CorruptImageException if it is not one of the image's disk
   */
  BitmapTable(Storage storage, Qcow2Header header, BitmapEntry bitmap) throws IOException {
    this.storage = storage;
    this.bitmap = bitmap;
    this.clusterBits = header.clusterBits();
    if (bitmap.has(BitmapEntry.IN_USE)) {
      throw new DiskFormatException(
          storage.name()
              + ": bitmap \""
              + bitmap.name()
              + "\" is inconsistent and cannot be used, only removed");
    }
    int expected = entries(header, bitmap.granularityBits());
    if (bitmap.type() != BitmapEntry.DIRTY_TRACKING
        || bitmap.tableEntries() != expected
        || (bitmap.tablePosition() & header.clusterSize() - 1) != 0
        || bitmap.tablePosition() < 0) {
      throw corrupt(
          "has a table of %d entries at %d, not one of %d"
              .formatted(bitmap.tableEntries(), bitmap.tablePosition(), expected));
    }
  }

  /**
   * Returns how many clusters hold the bits for a disk.
   *
   * @throws IllegalArgumentException if they are too many
   */
  static int entries(Qcow2Header header, int granularityBits) {
    return entries(header, header.size(), granularityBits);
  }

  /**
   * Returns how many clusters hold the bits for a disk of another size.
   *
   * @throws IllegalArgumentException if they are too many
   */
  static int entries(Qcow2Header header, long size, int granularityBits) {
    long bits = Math.ceilDiv(size, 1L << granularityBits);
    long bytes = Math.ceilDiv(bits, 8);
    if (bytes > MAX_BYTES) {
      throw new IllegalArgumentException(
          "a granularity of " + (1L << granularityBits) + " bytes is too fine for the disk");
    }
    return (int) Math.ceilDiv(bytes, (long) header.clusterSize());
  }

  /**
   * Returns the exception for a disk that has no bitmap: a bitmap's table has an entry at least, or
   * QEMU opens the image no longer.
   */
  static UnsupportedFeatureException noBits(Storage storage) {
    return new UnsupportedFeatureException(storage.name(), "a bitmap of a disk of 0 bytes");
  }

  BitmapEntry bitmap() {
    return bitmap;
  }

  /** Returns an entry of the table. */
  long entry(int index) throws IOException {
    try {
      return storage.readLong(entryPosition(index));
    } catch (EOFException e) {
      throw corrupt("is cut short by the file's end");
    }
  }

  /** Returns where an entry is in the file. */
  long entryPosition(int index) {
    return bitmap.tablePosition() + ((long) index << 3);
  }

  static Part part(long entry) {
    if (BitmapDirectory.data(entry) != 0) {
      return Part.STORED;
    }
    return (entry & ALL_ONES) != 0 ? Part.ONES : Part.ZEROES;
  }

  /** Returns an object with room for bits of the whole bitmap, none of which is set. */
  DirtyBits noBits() {
    return new DirtyBits(bitmap.granularityBits(), clusterBits, bitmap.tableEntries());
  }

  /** Returns the cluster of bits that an entry stands for, which is read if it is stored. */
  byte[] bits(long entry) throws IOException {
    byte[] bits = new byte[1 << clusterBits];
    if (part(entry) != Part.STORED) {
      Arrays.fill(bits, (byte) (part(entry) == Part.ONES ? -1 : 0));
      return bits;
    }
    long position = BitmapDirectory.data(entry);
    if ((position & bits.length - 1) != 0 || position > storage.size() - bits.length) {
      throw corrupt("has bits at " + position + ", where no cluster of the file is");
    }
    storage.read(position, bits.length).get(bits);
    return bits;
  }

  private CorruptImageException corrupt(String problem) {
    return new CorruptImageException(
        storage.name(), "bitmap \"" + bitmap.name() + "\"", bitmap.tablePosition(), problem);
  }
}
