package io.diskformat.inside.lvm;

import io.diskformat.inside.checksum.RawCrc32;

/**
 * The checksum of LVM's structures: CRC-32, not inverted, which begins with a number of its own.
 */
final class LvmChecksum {
  private static final int START = 0xF597A6CF;

  private LvmChecksum() {}

  static int of(byte[] bytes, int from, int length) {
    return RawCrc32.of(START, bytes, from, length);
  }
}
