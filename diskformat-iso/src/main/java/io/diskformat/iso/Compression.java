package io.diskformat.iso;

import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * How the content of a file is compressed, as an entry of Rock Ridge's system use says. Its two
 * versions are zisofs and zisofs2, whose entry is named Z2, so that Linux does not know it, or ZF.
 *
 * <pre>
 * offset  size  field
 *    3      1   version: 1 or 2
 *    4      2   algorithm: "pz" is zlib in version 1, "PZ" what the file says in version 2
 *    6      1   header of the file in units of 4 bytes
 *    7      1   binary logarithm of the block size: 15 to 17, or to 20 in version 2
 *    8      8   size when decompressed; in version 1 of 4 bytes, in both byte orders
 * </pre>
 *
 * @param version 1 or 2
 * @param blockBits binary logarithm of the block size
 * @param size when decompressed, in bytes
 */
record Compression(int version, int blockBits, long size) {
  private static final int LENGTH = 16;
  private static final int VERSION = 3;
  private static final int ALGORITHM = 4;
  private static final int BLOCK_BITS = 7;
  private static final int SIZE = 8;

  /**
   * Reads an entry. What names no algorithm that is known is none, and the content then plain: some
   * have used the name for something else.
   */
  static Optional<Compression> of(ByteBuffer entry) {
    if (entry.limit() < LENGTH) {
      return Optional.empty();
    }
    int algorithm = entry.getShort(ALGORITHM);
    int blockBits = Byte.toUnsignedInt(entry.get(BLOCK_BITS));
    if (algorithm == ('p' | 'z' << 8)) {
      return Optional.of(new Compression(1, blockBits, Integer.toUnsignedLong(entry.getInt(SIZE))));
    }
    if (algorithm == ('P' | 'Z' << 8) && entry.get(VERSION) == 2) {
      return Optional.of(new Compression(2, blockBits, Math.max(0, entry.getLong(SIZE))));
    }
    return Optional.empty();
  }
}
