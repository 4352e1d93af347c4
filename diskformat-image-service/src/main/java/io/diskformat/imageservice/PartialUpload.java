package io.diskformat.imageservice;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * What has come so far of an upload that may be resumed. Immutable.
 *
 * @param store that keeps it
 * @param pieces of it, in their order
 * @param length of the whole, in bytes, or a negative number as long as that is not known
 * @param until when it is kept if nothing more comes
 * @param form in which the whole comes
 */
public record PartialUpload(
    String store, List<Piece> pieces, long length, Instant until, UploadForm form) {
  /**
   * A piece that is durable.
   *
   * @param blob what the store calls it
   * @param size in bytes
   */
  public record Piece(String blob, long size) {}

  /** Makes a copy of the list. */
  public PartialUpload {
    pieces = List.copyOf(pieces);
  }

  /** Creates an upload of data that is stored as it comes. */
  public PartialUpload(String store, List<Piece> pieces, long length, Instant until) {
    this(store, pieces, length, until, UploadForm.plain());
  }

  /** Returns how many bytes have come. */
  public long offset() {
    return pieces.stream().mapToLong(Piece::size).sum();
  }

  /** Returns a copy with one more piece. */
  PartialUpload with(Piece piece, Instant later) {
    List<Piece> more = new ArrayList<>(pieces);
    more.add(piece);
    return new PartialUpload(store, more, length, later, form);
  }
}
