package io.diskformat;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * An image that is read in one pass, from its first byte to its last, where nothing can be read
 * again: a download, a pipe. {@link DiskImages#input} begins to read one; a {@link
 * io.diskformat.transfer.Conversion Conversion} decodes it by several threads.
 *
 * <p>The disk comes in units, in the order in which the image stores them, each of which is encoded
 * (compressed, for example) by itself. What does not come reads as zeroes.
 *
 * <p>Any number of threads may decode at the same time, each by a {@link Decoder} of its own. All
 * other methods are for one thread at a time.
 */
public interface ImageInput extends Closeable {

  /** Decodes units. For one thread. */
  @FunctionalInterface
  interface Decoder {
    /**
     * Decodes a unit.
     *
     * @param offset the unit's offset on the disk, in bytes
     * @param encoded as {@link ImageInput#read} returned it
     * @param target filled; as long as a unit, and no mapped memory
     * @throws CorruptImageException if the unit is damaged
     * @throws IOException if it cannot be decoded
     */
    void decode(long offset, byte[] encoded, MemorySegment target) throws IOException;
  }

  /** Returns the image's name in error messages. */
  String name();

  /**
   * Returns the size of the disk in bytes, or -1 if it is not known yet: a raw disk is as long as
   * the stream is, so that its size is known once {@link #next()} has returned -1.
   */
  long size();

  /** Returns the size of a unit, in bytes: a power of two of at least 512. */
  int unitSize();

  /**
   * Returns whether units come in ascending order; by default true. Otherwise they come in any
   * order, though usually most of them in ascending order, and only a target that is written at any
   * place can take them if they do not.
   */
  default boolean isOrdered() {
    return true;
  }

  /** Returns a new decoder. What it holds is released when this is closed. Thread-safe. */
  Decoder decoder();

  /**
   * Returns the offset on the disk of the unit that comes next, in bytes; or -1 if there is none,
   * and then the image is complete.
   *
   * @throws CorruptImageException if the image makes no sense, or ends too early
   * @throws UnsupportedFeatureException if the image can only be read from a file
   * @throws IOException if it cannot be read
   */
  long next() throws IOException;

  /**
   * Returns the encoded form of that unit. Called once for each.
   *
   * @throws CorruptImageException if the image ends within it
   * @throws IOException if it cannot be read
   */
  byte[] read() throws IOException;

  /** Releases the decoders. The channel that is read stays open. */
  @Override
  void close();
}
