package io.diskformat.iso.udf;

import io.diskformat.filesystem.DeviceBytes;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Where UDF begins: an anchor is in block 256, in the last one, or 256 before that.
 *
 * <pre>
 * offset  size  field
 *   16      8   volume descriptors: length in bytes, block
 *   24      8   a copy of those
 * </pre>
 *
 * @param blockSize of the disc, which no descriptor before this says: 512, 1024, 2048 or 4096 bytes
 * @param start where the volume descriptors are, in bytes
 * @param length of them, in bytes
 * @param copyStart where their copy is, in bytes
 * @param copyLength of that, in bytes
 */
record Anchor(int blockSize, long start, long length, long copyStart, long copyLength) {
  private static final int MAIN = 16;
  private static final int COPY = 24;
  private static final int[] BLOCK_SIZES = {2048, 512, 4096, 1024};

  /** Finds one. */
  static Anchor find(DeviceBytes disc) throws IOException {
    for (int blockSize : BLOCK_SIZES) {
      long blocks = disc.size() / blockSize;
      for (long block : new long[] {256, blocks - 1, blocks - 257, 512}) {
        if (block >= 0 && block < blocks) {
          ByteBuffer bytes = disc.read(block * blockSize, 32, "anchor of UDF");
          if (Tag.of(bytes) == Tag.ANCHOR && Tag.block(bytes) == block) {
            return new Anchor(
                blockSize,
                number(bytes, MAIN + 4) * blockSize,
                number(bytes, MAIN),
                number(bytes, COPY + 4) * blockSize,
                number(bytes, COPY));
          }
        }
      }
    }
    throw disc.corrupt("anchor of UDF", -1, "is in none of its places");
  }

  private static long number(ByteBuffer bytes, int at) {
    return Integer.toUnsignedLong(bytes.getInt(at));
  }
}
