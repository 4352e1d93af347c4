package io.diskformat.onepass;

import io.diskformat.UnsupportedFeatureException;
import java.util.Comparator;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * Where the parts of a disk are in a file, as far as its tables were read and the parts have not
 * come yet. Parts that follow each other both in the file and on the disk are kept as one. For one
 * thread.
 */
public final class Pieces {
  /** The most pieces that are kept: some 16 MiB. */
  private static final int MOST = 256 << 10;

  /**
   * A part of a disk.
   *
   * @param position where it begins in the file, in bytes
   * @param length how long it is in the file, in bytes
   * @param offset where it begins on the disk, in bytes
   * @param note what the format has to know of it, 0 if it is stored as it is; a piece with another
   *     note is one unit
   */
  public record Piece(long position, long length, long offset, long note) {
    private boolean isFollowedBy(Piece next) {
      return note == 0
          && next.note == 0
          && position + length == next.position
          && offset + length == next.offset;
    }

    private Piece and(Piece next) {
      return new Piece(position, length + next.length, offset, 0);
    }

    private Piece from(long skipped) {
      return new Piece(position + skipped, length - skipped, offset + skipped, note);
    }
  }

  private final String name;
  private final PriorityQueue<Piece> waiting =
      new PriorityQueue<>(
          Comparator.comparingLong(Piece::position).thenComparingLong(Piece::offset));

  /** The piece that was added last, which the next one may continue. */
  private @Nullable Piece last;

  /**
   * Creates an empty set.
   *
   * @param name the image's name in error messages
   */
  public Pieces(String name) {
    this.name = name;
  }

  /**
   * Adds a piece.
   *
   * @throws UnsupportedFeatureException if there are too many
   */
  public void add(Piece piece) throws UnsupportedFeatureException {
    Piece before = last;
    if (before != null && before.isFollowedBy(piece)) {
      last = before.and(piece);
      return;
    }
    settle();
    last = piece;
    if (waiting.size() >= MOST) {
      throw new UnsupportedFeatureException(
          name,
          "reading this image from a stream: its tables scatter the disk over more than "
              + MOST
              + " places that are still to come, so seekable input is needed (a file)");
    }
  }

  private void settle() {
    if (last != null) {
      waiting.add(last);
      last = null;
    }
  }

  /** Returns the position of the piece that comes first in the file, or a negative number. */
  long first() {
    settle();
    Piece piece = waiting.peek();
    return piece == null ? -1 : piece.position();
  }

  /** Removes and returns the first unit of the piece that comes first in the file. */
  Piece take(long unit) {
    settle();
    Piece piece = waiting.remove();
    if (piece.note() != 0 || piece.length() <= unit) {
      return piece;
    }
    waiting.add(piece.from(unit));
    return new Piece(piece.position(), unit, piece.offset(), 0);
  }
}
