package io.diskformat.inside.xfs;

import io.diskformat.inside.checksum.RawCrc32c;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The checksums of version 5: CRC-32C of all of a structure, with zeroes where it stands. */
final class Checksum {
  private static final byte[] ZEROES = new byte[Integer.BYTES];

  private Checksum() {}

  /**
   * Returns whether a structure has the right checksum.
   *
   * @param at where it stands, its lowest byte first
   */
  static boolean isRight(byte[] bytes, int at) {
    int after = at + Integer.BYTES;
    int sum = RawCrc32c.update(RawCrc32c.START, bytes, 0, at);
    sum = RawCrc32c.update(sum, ZEROES);
    sum = RawCrc32c.update(sum, bytes, after, bytes.length - after);
    return ~sum == ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getInt(at);
  }
}
