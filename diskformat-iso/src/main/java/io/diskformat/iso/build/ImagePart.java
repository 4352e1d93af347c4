package io.diskformat.iso.build;

import java.io.IOException;

/**
 * Blocks of an image, one after the other. All parts get their places first, so that each knows
 * where the others are when it is written.
 */
interface ImagePart {
  /** Takes its place, and returns the block behind it. */
  long place(long first);

  /** Writes its blocks; the last one is filled up with zeroes for it. */
  void write(ImageOutput out) throws IOException;
}
