package io.diskformat;

import java.util.OptionalLong;

/**
 * The size that the file of a new image would have. All sizes are lengths of the file in bytes: a
 * sparsely written image takes less space than that.
 *
 * @param required the size with the data that the disk has now, uncompressed
 * @param fullyAllocated the size once all of the disk was written
 * @param bitmaps the additional size of the copies of the source's dirty bitmaps; empty unless both
 *     the source and the new image can keep bitmaps
 */
public record Measurement(long required, long fullyAllocated, OptionalLong bitmaps) {

  /** Returns a measurement of an image without bitmaps. */
  public static Measurement of(long required, long fullyAllocated) {
    return new Measurement(required, fullyAllocated, OptionalLong.empty());
  }
}
