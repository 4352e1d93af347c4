package io.diskformat.qcow2;

import io.diskformat.CheckReport.Kind;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Reports what is wrong with the entries of L2 tables, in their order. It says of each kind of
 * entry what {@link L2Count} counts of it.
 */
final class L2Check {
  /** The reserved bits of the entry of a cluster that is not compressed. */
  static final long RESERVED = 0x3f00_0000_0000_01feL;

  private final CheckedFile file;
  private final Qcow2Header header;
  private final Findings findings;
  private final byte[] table;
  private final int entryBytes;
  private final int clusterBits;
  private final boolean extended;
  private final boolean external;

  // Of the entry that is looked at
  private int index;
  private long position;
  private long guestOffset;

  L2Check(CheckedFile file, Findings findings) {
    this.file = file;
    this.header = file.header();
    this.findings = findings;
    this.table = new byte[header.clusterSize()];
    this.entryBytes = 1 << header.l2EntryBits();
    this.clusterBits = header.clusterBits();
    this.extended = header.has(Qcow2Header.EXTENDED_L2);
    this.external = header.has(Qcow2Header.EXTERNAL_DATA);
  }

  /**
   * Reports what is wrong with the entries of a table.
   *
   * @param tablePosition where it is
   * @param firstOffset the first offset of the disk that it is for
   */
  void report(long tablePosition, long firstOffset) throws IOException {
    file.read(tablePosition, table, table.length);
    for (int i = 0; i < table.length / entryBytes; i++) {
      long entry = CheckedFile.word(table, i * entryBytes);
      long bitmap = extended ? CheckedFile.word(table, i * entryBytes + Long.BYTES) : 0;
      if (entry != 0 || bitmap != 0) {
        position = tablePosition + (long) i * entryBytes;
        guestOffset = firstOffset + ((long) i << clusterBits);
        index = i;
        check(entry, bitmap);
      }
    }
  }

  private void check(long entry, long bitmap) {
    if (L2Entry.isCompressed(entry)) {
      checkCompressed(entry, bitmap);
      return;
    }
    if ((entry & RESERVED) != 0) {
      corruption(
          Kind.RESERVED_BITS,
          "reserved bits are set in 0x%x".formatted(entry),
          "0 there",
          "ERROR found l2 entry with reserved bits set: %x".formatted(entry));
    }
    if (L2Entry.isZero(entry) && (extended || header.version() < 3)) {
      corruption(Kind.RESERVED_BITS, "the flag of a zero cluster is set", "0 there", null);
    }
    long place = L2Entry.place(entry);
    if (place != 0 || (external && L2Entry.isCopied(entry) && !isPlainZero(entry))) {
      checkPlaced(entry, place, bitmap);
    } else if (SubclusterBitmap.storesAny(bitmap)) {
      corruption(
          Kind.MALFORMED,
          "subclusters are stored, and the cluster has no place",
          "a place",
          "ERROR: Unallocated cluster has non-zero subcluster allocation map");
    }
  }

  private boolean isPlainZero(long entry) {
    return !extended && L2Entry.isZero(entry);
  }

  private void checkCompressed(long entry, long bitmap) {
    long bare = entry & ~L2Entry.COPIED;
    if (bare != entry) {
      corruption(
          Kind.FLAG,
          "COPIED is set for a compressed cluster",
          "the flag not to be set",
          "ERROR: coffset=0x%x: copied flag must never be set for compressed clusters"
              .formatted(L2Entry.streamPosition(entry, clusterBits)));
    }
    if (external) {
      corruption(
          Kind.MALFORMED,
          "a compressed cluster in an image with an external data file",
          "none",
          "ERROR compressed cluster %d with data file, entry=0x%x".formatted(index, bare));
      return;
    }
    if (bitmap != 0) {
      corruption(
          Kind.MALFORMED,
          "a compressed cluster with subclusters",
          "no bitmap",
          "ERROR compressed cluster %d with non-zero subcluster allocation bitmap, entry=0x%x"
              .formatted(index, bare));
      return;
    }
    long start = L2Entry.streamPosition(entry, clusterBits);
    long end = L2Entry.streamEnd(entry, clusterBits);
    if (file.exceeds(start, end - start)) {
      findings.exceeds(this::structure, position, guestOffset, start, end - start);
    } else if (end > file.length()) {
      findings.noteBeyond();
      corruption(
          Kind.OUT_OF_BOUNDS,
          "a compressed cluster from " + start + " to " + end + ", beyond the end of the file",
          "a file of as many bytes",
          null);
    }
  }

  private void checkPlaced(long entry, long place, long bitmap) {
    if (!SubclusterBitmap.isConsistent(bitmap)) {
      corruption(
          Kind.MALFORMED,
          "subclusters are both stored and zero",
          "one of both",
          "ERROR offset=%x: Allocated cluster has corrupted subcluster allocation bitmap"
              .formatted(place));
    }
    if (!file.isAligned(place)) {
      boolean data = extended ? SubclusterBitmap.storesAny(bitmap) : !L2Entry.isZero(entry);
      corruption(
          Kind.ALIGNMENT,
          "points to " + place + ", not to the start of a cluster",
          "the start of one",
          data
              ? "ERROR offset=%x: Data cluster is not properly aligned; L2 entry corrupted."
                  .formatted(place)
              : "ERROR offset=%x: Preallocated cluster is not properly aligned; L2 entry corrupted."
                  .formatted(place));
    }
    if (!external) {
      if (file.exceeds(place, header.clusterSize())) {
        findings.exceeds(this::structure, position, guestOffset, place, header.clusterSize());
      }
    } else if (place != guestOffset) {
      corruption(
          Kind.MALFORMED,
          "points to " + place + " of the external data file",
          "the cluster's own offset, " + guestOffset,
          null);
    } else if (file.dataLength() >= 0 && place >= file.dataLength()) {
      corruption(
          Kind.OUT_OF_BOUNDS,
          "points beyond the end of the external data file",
          "a file of more than " + place + " bytes",
          null);
    }
  }

  private void corruption(Kind kind, String found, String expected, @Nullable String text) {
    findings.corruption(kind, structure(), position, guestOffset, found, expected, text);
  }

  private String structure() {
    return "L2 entry " + index;
  }
}
