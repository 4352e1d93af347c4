package io.diskformat.inside.xfs;

import java.nio.ByteBuffer;

/**
 * An extent: blocks of a file that are one after the other on the device. 128 bits, the highest
 * first: 1 if nothing was written there, 54 of the first block of the file, 52 of the first block
 * of the device, 21 of how many.
 *
 * @param first the block of the file that it begins with
 * @param length in blocks
 * @param block the block of the device that it begins with, the group in its upper bits
 * @param isWritten whether anything was written there
 */
record Run(long first, long length, long block, boolean isWritten) {
  static final int SIZE = 16;

  static Run at(ByteBuffer bytes, int at) {
    long high = bytes.getLong(at);
    long low = bytes.getLong(at + Long.BYTES);
    return new Run(
        (high & Long.MAX_VALUE) >>> 9,
        low & 0x1F_FFFF,
        (high & 0x1FF) << 43 | low >>> 21,
        high >= 0);
  }

  /** Returns the block of the file after it. */
  long end() {
    return first + length;
  }
}
