package io.diskformat;

import org.jspecify.annotations.Nullable;

/**
 * Where a run of a disk's bytes is stored, in more detail than an {@link Extent} says it: compressed
 * and encrypted data has a position here, too.
 *
 * @param offset where the run begins on the device, in bytes
 * @param length the length of the run, in bytes; positive
 * @param structure what holds the run, in the words of its format: {@code data cluster}, {@code
 *     compressed grain}, {@code zero block}, {@code data}, or {@code hole} where nothing does
 * @param depth which image of the backing chain provides the run: 0 is the device itself
 * @param file the name in error messages of the file that holds the run, or null where none does
 * @param position where in {@code file} the run begins, or, of compressed data, the stream of the
 *     whole unit that the run is a part of; in bytes, or -1 where no file holds it
 * @param storedLength how many bytes of {@code file} hold the run: those of the run or, of
 *     compressed data, of that stream, in bytes; 0 where no file holds it
 */
public record Place(
    long offset,
    long length,
    String structure,
    int depth,
    @Nullable String file,
    long position,
    long storedLength) {
  /** The structure of what no image of a chain records. */
  public static final String HOLE = "hole";

  private static final String COMPRESSED = "compressed ";

  /**
   * Returns where an extent is stored, as far as it says so.
   *
   * @param unit what the format calls its unit, or an empty text if it has none
   */
  public static Place of(Extent extent, String unit) {
    boolean placed = extent.hostOffset() >= 0 && extent.kind() != Extent.Kind.HOLE;
    String kind =
        switch (extent.kind()) {
          case DATA -> extent.compressed() ? COMPRESSED + "data" : "data";
          case ZERO -> "zero";
          case HOLE -> HOLE;
        };
    String structure =
        extent.kind() == Extent.Kind.HOLE || unit.isEmpty()
            ? kind
            : (extent.compressed() ? COMPRESSED : kind + " ") + unit;
    return new Place(
        extent.offset(),
        extent.length(),
        structure,
        extent.depth(),
        placed ? extent.hostFile() : null,
        placed ? extent.hostOffset() : -1,
        placed ? extent.length() : 0);
  }

  /** Returns where the run ends on the device, in bytes: the offset of the byte after its last. */
  public long end() {
    return offset + length;
  }

  /** Returns whether no image of the chain records the run. */
  public boolean isHole() {
    return structure.equals(HOLE);
  }

  /** Returns whether a stream holds the run, and with it the rest of its unit. */
  public boolean isCompressed() {
    return structure.startsWith(COMPRESSED);
  }

  /** Returns this run with another length, in bytes. A stream that holds it stays as long. */
  public Place withLength(long length) {
    boolean isPlain = file != null && !isCompressed();
    return new Place(
        offset, length, structure, depth, file, position, isPlain ? length : storedLength);
  }

  /** Returns this run as it is seen at another offset, and from {@code levels} further up. */
  public Place seenAt(long newOffset, int levels) {
    return new Place(newOffset, length, structure, depth + levels, file, position, storedLength);
  }
}
