package io.diskformat;

import org.jspecify.annotations.Nullable;

/**
 * A run of a device's bytes that are all stored in the same way. {@code map} prints extents, and
 * conversion, comparison and hashing skip or read by them.
 *
 * @param offset where the run begins on the device, in bytes
 * @param length the length of the run, in bytes; positive
 * @param kind how the run is stored
 * @param readsAsZeroes whether the run is known to hold only zeroes; always so unless {@code kind}
 *     is {@link Kind#DATA}, and then only where the host file is known to have a hole
 * @param compressed whether the data is stored compressed; such a run has no host offset
 * @param depth which image of the backing chain provides the run: 0 is the device itself, 1 its
 *     backing file, and so on; for a {@link Kind#HOLE}, the last image that was looked at
 * @param hostOffset the position at which the run begins in {@code hostFile}, in bytes, or -1 where
 *     it has none
 * @param hostFile the name in error messages of the file that holds the run, or null without a host
 *     offset
 */
public record Extent(
    long offset,
    long length,
    Kind kind,
    boolean readsAsZeroes,
    boolean compressed,
    int depth,
    long hostOffset,
    @Nullable String hostFile) {

  /** How a run of bytes is stored. */
  public enum Kind {
    /** Stored as data in some image of the chain. */
    DATA,
    /** Recorded in some image of the chain as reading zeroes. */
    ZERO,
    /** Recorded in no image of the chain; reads as zeroes. */
    HOLE
  }

  /** Returns where the run ends on the device, in bytes: the offset of the byte after its last. */
  public long end() {
    return offset + length;
  }

  /** Returns whether some image of the chain records the run, as data or as zeroes. */
  public boolean isPresent() {
    return kind != Kind.HOLE;
  }

  /**
   * Returns whether {@code next}, which begins where this run ends, continues it in every respect.
   */
  public boolean continuesWith(Extent next) {
    return kind == next.kind
        && readsAsZeroes == next.readsAsZeroes
        && compressed == next.compressed
        && depth == next.depth
        && end() == next.offset
        && (hostOffset < 0
            ? next.hostOffset < 0
            : hostOffset + length == next.hostOffset
                && hostFile != null
                && hostFile.equals(next.hostFile));
  }

  /** Returns this run with another length, in bytes. */
  public Extent withLength(long length) {
    return new Extent(offset, length, kind, readsAsZeroes, compressed, depth, hostOffset, hostFile);
  }

  /** Returns the part of this run from the offset {@code start} on, which must lie within it. */
  public Extent from(long start) {
    long skipped = start - offset;
    return new Extent(
        start,
        length - skipped,
        kind,
        readsAsZeroes,
        compressed,
        depth,
        hostOffset < 0 ? hostOffset : hostOffset + skipped,
        hostFile);
  }

  /** Returns this run as it is seen at another offset, of a device that this one is a part of. */
  public Extent seenAt(long newOffset) {
    return new Extent(
        newOffset, length, kind, readsAsZeroes, compressed, depth, hostOffset, hostFile);
  }

  /** Returns this run marked as reading as zeroes. */
  public Extent readingZeroes() {
    return new Extent(offset, length, kind, true, compressed, depth, hostOffset, hostFile);
  }

  /** Returns this run as seen from the image {@code levels} further up the chain. */
  public Extent deeper(int levels) {
    return new Extent(
        offset, length, kind, readsAsZeroes, compressed, depth + levels, hostOffset, hostFile);
  }
}
