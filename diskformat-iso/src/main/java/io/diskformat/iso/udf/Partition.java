package io.diskformat.iso.udf;

import io.diskformat.filesystem.ByteRange;
import io.diskformat.filesystem.DeviceBytes;
import java.io.IOException;

/** Where the blocks of a partition are. */
interface Partition {
  /**
   * Returns where a block is, and how many bytes follow there that are the next ones of the
   * partition, too: at least one block.
   *
   * @throws io.diskformat.CorruptImageException if the partition has no such block
   */
  ByteRange at(long block) throws IOException;

  /** A range of the disc. */
  record Physical(DeviceBytes disc, int blockSize, long start, long blocks) implements Partition {
    @Override
    public ByteRange at(long block) throws IOException {
      if (block >= blocks) {
        throw disc.corrupt(
            "partition of UDF", start * blockSize, "has no block " + block + " of " + blocks);
      }
      return new ByteRange((start + block) * blockSize, (blocks - block) * blockSize);
    }
  }
}
