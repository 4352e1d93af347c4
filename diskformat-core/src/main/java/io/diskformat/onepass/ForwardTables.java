package io.diskformat.onepass;

import io.diskformat.ImageInput;
import io.diskformat.onepass.Pieces.Piece;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * The tables of an image that is read in one pass, as a {@link TabledInput} reads them. For one
 * thread, apart from decoders.
 */
public interface ForwardTables {
  /** Returned by {@link #next} if there are no more tables. */
  long NONE = Long.MAX_VALUE;

  /** Returns the size of the disk in bytes. */
  long size();

  /** Returns the size of a unit in bytes: a power of two of at least 512. */
  int unitSize();

  /** Returns the position of the table that comes next in the file, or {@link #NONE}. */
  long next();

  /**
   * Reads that table, and takes note of the pieces and the tables that it names.
   *
   * @throws io.diskformat.CorruptImageException if it makes no sense
   * @throws io.diskformat.UnsupportedFeatureException if the image needs seekable input
   * @throws IOException if the image cannot be read
   */
  void read(ForwardInput input, Pieces found) throws IOException;

  /**
   * Returns a unit as its decoder takes it; by default as it is in the file, as far as it is on the
   * disk.
   *
   * @param piece one unit
   * @throws io.diskformat.CorruptImageException if the image ends within it
   * @throws IOException if the image cannot be read
   */
  default byte[] unit(ForwardInput input, Piece piece) throws IOException {
    byte[] bytes = new byte[(int) Math.min(piece.length(), size() - piece.offset())];
    input.read("data", piece.position(), bytes);
    return bytes;
  }

  /** Returns a new decoder; by default one that copies. Thread-safe. */
  default ImageInput.Decoder decoder() {
    return (offset, encoded, target) -> {
      MemorySegment bytes = MemorySegment.ofArray(encoded);
      target.asSlice(0, encoded.length).copyFrom(bytes);
      target.asSlice(encoded.length).fill((byte) 0);
    };
  }

  /**
   * Checks the end of the image, once all tables and all units were read.
   *
   * @param end where it is, in bytes
   * @throws IOException if the image was cut short
   */
  default void checkEnd(long end) throws IOException {}

  /** Releases the decoders. */
  default void close() {}
}
