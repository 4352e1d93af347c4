package io.diskformat.iso.udf;

import io.diskformat.BlockDevice;
import io.diskformat.filesystem.ByteRange;
import io.diskformat.filesystem.DeviceBytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/** Partitions whose blocks are where a file of another says. */
final class MappedPartition {
  private static final long UNUSED = 0xffffffffL;

  private MappedPartition() {}

  /**
   * A partition that is the content of a file: what metadata is kept in from UDF 2.50 on.
   *
   * @param ranges of the file
   */
  record OfFile(DeviceBytes disc, int blockSize, List<ByteRange> ranges) implements Partition {
    @Override
    public ByteRange at(long block) throws IOException {
      long offset = block * blockSize;
      for (ByteRange range : ranges) {
        if (offset < range.length()) {
          if (range.isHole() || range.length() - offset < blockSize) {
            break;
          }
          long rest = range.length() - offset;
          return new ByteRange(range.offset() + offset, rest - rest % blockSize);
        }
        offset -= range.length();
      }
      throw disc.corrupt("metadata partition of UDF", -1, "has no block " + block);
    }
  }

  /**
   * A partition that a table says the place of each block of, in another one: of discs that are
   * written once, where what changes moves.
   *
   * @param table a number for each block
   * @param header how many bytes are ahead of the first
   * @param end of the last
   */
  record ByTable(
      DeviceBytes disc, Partition.Physical partition, BlockDevice table, int header, long end)
      implements Partition {
    @Override
    public ByteRange at(long block) throws IOException {
      long entry = header + block * Integer.BYTES;
      if (entry > end - Integer.BYTES) {
        throw disc.corrupt("virtual partition of UDF", -1, "has no block " + block);
      }
      ByteBuffer number = ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
      table.read(entry, number.array());
      long where = Integer.toUnsignedLong(number.getInt(0));
      if (where == UNUSED) {
        throw disc.corrupt("virtual partition of UDF", -1, "says that block " + block + " is free");
      }
      return new ByteRange(partition.at(where).offset(), partition.blockSize());
    }
  }
}
