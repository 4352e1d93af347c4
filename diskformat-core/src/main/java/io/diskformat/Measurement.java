package io.diskformat;

import java.util.OptionalLong;

/**
 * How large the file of a new image would be. All sizes are in bytes, and of the file's length: an
 * image that is written sparsely takes less space than that.
 *
 * @param required what holds the data that the disk has now, uncompressed
 * @param fullyAllocated what holds the disk once all of it was written
 * @param bitmaps what the copies of the source's dirty bitmaps take in addition; empty if source
 *     and new image do not both keep bitmaps
 */
public record Measurement(long required, long fullyAllocated, OptionalLong bitmaps) {

  /** Returns a measurement of an image without bitmaps. */
  public static Measurement of(long required, long fullyAllocated) {
    return new Measurement(required, fullyAllocated, OptionalLong.empty());
  }
}
