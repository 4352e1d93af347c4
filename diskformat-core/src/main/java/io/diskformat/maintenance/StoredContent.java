package io.diskformat.maintenance;

import io.diskformat.BlockDevice;
import io.diskformat.layer.PaddedCopy;
import io.diskformat.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Determines which stored data an image could do without: the comparison of a compaction, for any
 * format. It compares in pieces, so that it needs little memory whatever the size of a unit. Not
 * thread-safe.
 */
public final class StoredContent {
  /** The largest piece that is compared at once, in bytes. */
  private static final int PIECE = 1 << 20;

  /** The least that an image must store for a part of the disk. */
  public enum Need {
    /** No entry: the image below has the same content. */
    NOTHING,
    /** An entry that records zeroes. */
    ZEROES,
    /** The data. */
    STORED
  }

  private final Storage storage;
  private final @Nullable BlockDevice below;
  private final MemorySegment zeroes;
  private final MemorySegment stored;
  private final MemorySegment shownBelow;

  /**
   * Creates an object for one image.
   *
   * @param storage the image's data file; data beyond its end is zeroes
   * @param below the device below, with zeroes beyond its end; null for zeroes
   * @param largest the largest length that {@link #need} will get, in bytes
   */
  public StoredContent(Storage storage, @Nullable BlockDevice below, long largest) {
    int piece = (int) Math.min(PIECE, largest);
    this.storage = storage;
    this.below = below;
    this.zeroes = MemorySegment.ofArray(new byte[piece]);
    this.stored = MemorySegment.ofArray(new byte[piece]);
    this.shownBelow = MemorySegment.ofArray(new byte[below == null ? 0 : piece]);
  }

  /**
   * Returns the least that the image must store for a part of the disk.
   *
   * @param offset where the part begins on the disk, in bytes
   * @param position where it begins in the file, in bytes
   * @param length in bytes
   * @throws IOException if the image, or the device below, cannot be read
   */
  public Need need(long offset, long position, long length) throws IOException {
    return need(
        offset,
        length,
        (from, part) -> {
          MemorySegment piece = stored.asSlice(0, part);
          PaddedCopy.read(storage::read, storage.size(), position + from, piece);
          return piece;
        });
  }

  /**
   * Returns the least that the image must store for a part of the disk whose content is at hand, as
   * that of a compressed unit is.
   *
   * @param offset where the part begins on the disk, in bytes
   * @param content what it holds
   * @throws IOException if the device below cannot be read
   */
  public Need need(long offset, MemorySegment content) throws IOException {
    return need(offset, content.byteSize(), content::asSlice);
  }

  /** Reads a piece of what is compared. */
  @FunctionalInterface
  private interface Pieces {
    MemorySegment read(long from, long length) throws IOException;
  }

  private Need need(long offset, long length, Pieces pieces) throws IOException {
    boolean zero = true;
    boolean asBelow = true;
    for (long from = 0; from < length && (zero || asBelow); from += zeroes.byteSize()) {
      long part = Math.min(zeroes.byteSize(), length - from);
      MemorySegment piece = pieces.read(from, part);
      zero = zero && same(piece, zeroes);
      asBelow = asBelow && (below == null ? zero : sameBelow(below, offset + from, piece));
    }
    return asBelow ? Need.NOTHING : zero ? Need.ZEROES : Need.STORED;
  }

  private boolean sameBelow(BlockDevice device, long offset, MemorySegment piece)
      throws IOException {
    PaddedCopy.read(
        device::read, device.size(), offset, shownBelow.asSlice(0, piece.byteSize()));
    return same(piece, shownBelow);
  }

  private static boolean same(MemorySegment piece, MemorySegment other) {
    long length = piece.byteSize();
    return MemorySegment.mismatch(piece, 0, length, other, 0, length) < 0;
  }
}
