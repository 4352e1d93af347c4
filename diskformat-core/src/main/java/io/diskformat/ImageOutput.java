package io.diskformat;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * A new image that is written in one pass, from its first byte to its last, to where nothing that
 * was written can be changed: an upload, a pipe. {@link DiskImages#output} begins one; a {@link
 * io.diskformat.transfer.Conversion Conversion} fills one by several threads.
 *
 * <p>The disk is written in units, each of which is encoded (compressed, for example) by itself.
 * What is not written reads as zeroes.
 *
 * <p>Any number of threads may encode at the same time, each by an {@link Encoder} of its own. All
 * other methods are for one thread at a time.
 */
public interface ImageOutput extends Closeable {

  /** Encodes units. For one thread. */
  @FunctionalInterface
  interface Encoder {
    /**
     * Returns the encoded form of a unit.
     *
     * @param content the unit's bytes, all {@link ImageOutput#unitSize()} of them; what is beyond
     *     the end of the disk is zero
     * @throws IOException if it cannot be encoded, as what that takes is missing
     */
    byte[] encode(MemorySegment content) throws IOException;
  }

  /** What must be known of the units before the first of them is written. */
  enum Foresight {
    /** Nothing. */
    NOTHING,
    /** Which units will be written. */
    PLACES,
    /** Which units will be written, and how long each will be once it is encoded. */
    LENGTHS
  }

  /** Gives a new image its content. */
  @FunctionalInterface
  interface Content {
    /**
     * Writes the units of the disk. The caller of this method finishes and closes the image.
     *
     * @throws IOException if the content cannot be read or written; then no image is created
     */
    void writeTo(ImageOutput output) throws IOException;
  }

  /** Returns the size of a unit, in bytes: a power of two of at least 512. */
  int unitSize();

  /** Returns a new encoder. What it holds is released when this is closed. Thread-safe. */
  Encoder encoder();

  /** Returns what must be {@linkplain #announce announced}; by default nothing. */
  default Foresight foresight() {
    return Foresight.NOTHING;
  }

  /**
   * Announces a unit that will be written. Before the first unit is written, call this for each
   * unit in ascending order, as far as {@link #foresight} demands it: the image begins with tables
   * that say where the units are.
   *
   * @param offset the unit's offset on the disk, in bytes
   * @param length the length of the unit once it is encoded, in bytes, if {@link #foresight}
   *     demands it
   */
  default void announce(long offset, int length) {}

  /**
   * Writes a unit.
   *
   * @param offset the unit's offset on the disk, in bytes: a multiple of the unit's size, and
   *     higher than that of every unit that was written before
   * @param encoded as an encoder of this object returned it
   * @throws UnsupportedFeatureException if the format has no room for the unit
   * @throws IOException if it cannot be written, or is not as it was announced
   */
  void write(long offset, byte[] encoded) throws IOException;

  /**
   * Writes what comes after the last unit. An image that is closed without this is incomplete, and
   * its reader finds that out.
   *
   * @throws IOException if it cannot be written
   */
  void finish() throws IOException;

  /** Releases the encoders. The channel that is written to stays open. */
  @Override
  void close();
}
