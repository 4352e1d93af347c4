package io.diskformat.transfer;

import io.diskformat.DiskImage;
import java.io.IOException;

/** A new image that grows with what is copied to it, in growing steps. */
final class GrowingTarget {
  /** The first size, in bytes: a VDI image of size 0 could not grow. */
  static final long FIRST = 64 << 20;

  private final DiskImage image;

  GrowingTarget(DiskImage image) {
    this.image = image;
  }

  /** Makes room for bytes up to {@code end}. Not called by two threads at once. */
  void reach(long end) throws IOException {
    if (end > image.size()) {
      image.resize(Math.max(end, 2 * image.size()));
    }
  }
}
