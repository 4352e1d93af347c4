package io.diskformat.iso.udf;

import io.diskformat.CorruptImageException;
import io.diskformat.filesystem.ByteRange;
import io.diskformat.filesystem.DeviceBytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where the content of a file is, as addresses in its entry say, and in blocks where they go on; or
 * the content is in the entry in their place.
 *
 * <pre>
 * short                    long                     goes on elsewhere
 *  0  4  length, and use    {@link LongAddress}      20  4  length of addresses
 *  4  4  block                                       24     addresses
 * </pre>
 *
 * <p>The two highest bits of a length: 0 recorded, 1 has room and reads as zeroes, 2 reads as
 * zeroes, 3 addresses go on there. A length of 0 is the last.
 */
final class Allocation {
  private static final int SHORT = 0;
  private static final int LONG = 1;
  private static final int EMBEDDED = 3;
  private static final int SHORT_LENGTH = 8;
  private static final int RECORDED = 0;
  private static final int GOES_ON = 3;
  private static final int LENGTH_BITS = 30;
  private static final int MORE_LENGTH = 20;
  private static final int MORE = 24;

  /** The most ranges of a file, and the most times that addresses go on elsewhere. */
  private static final int MOST_RANGES = 1 << 18;

  private static final int MOST_BLOCKS = 1 << 14;

  private final DeviceBytes disc;
  private final int blockSize;
  private final List<Partition> partitions;
  private final int partition;
  private final long position;
  private final List<ByteRange> ranges = new ArrayList<>(1);
  private long left;

  /**
   * Creates an allocation.
   *
   * @param partition number of the map that short addresses are of
   * @param position of the file's entry
   */
  Allocation(
      DeviceBytes disc, int blockSize, List<Partition> partitions, int partition, long position) {
    this.disc = disc;
    this.blockSize = blockSize;
    this.partitions = partitions;
    this.partition = partition;
    this.position = position;
  }

  private CorruptImageException corrupt(String problem) {
    return disc.corrupt("file entry of UDF", position, problem);
  }

  /**
   * Returns the ranges.
   *
   * @param kind of the addresses
   * @param addresses of the entry
   * @param start where they are in the entry
   * @param size of the file
   */
  List<ByteRange> ranges(int kind, ByteBuffer addresses, int start, long size) throws IOException {
    if (size < 0) {
      throw corrupt("says that its file is longer than anything");
    }
    left = size;
    if (kind == EMBEDDED) {
      if (size > addresses.limit()) {
        throw corrupt("holds " + addresses.limit() + " of the " + size + " bytes of its file");
      }
      return size == 0 ? List.of() : List.of(new ByteRange(position + start, size));
    }
    if (kind != SHORT && kind != LONG) {
      throw corrupt("has addresses of kind " + kind);
    }
    int step = kind == SHORT ? SHORT_LENGTH : LongAddress.LENGTH;
    ByteBuffer some = addresses.order(ByteOrder.LITTLE_ENDIAN);
    for (int blocks = 0; some != null; blocks++) {
      if (blocks > MOST_BLOCKS) {
        throw corrupt("has addresses in more than " + MOST_BLOCKS + " blocks");
      }
      some = take(some, step);
    }
    if (left > 0) {
      throw corrupt("has addresses of " + (size - left) + " of the " + size + " bytes of its file");
    }
    return List.copyOf(ranges);
  }

  /** Reads addresses, and returns those with which they go on, or null. */
  private @Nullable ByteBuffer take(ByteBuffer addresses, int step) throws IOException {
    for (int at = 0; at + step <= addresses.limit() && left > 0; at += step) {
      int recorded = addresses.getInt(at);
      long length = recorded & (1 << LENGTH_BITS) - 1;
      int use = recorded >>> LENGTH_BITS;
      if (length == 0) {
        return null;
      }
      long block = Integer.toUnsignedLong(addresses.getInt(at + 4));
      int in = step == SHORT_LENGTH ? partition : Short.toUnsignedInt(addresses.getShort(at + 8));
      if (use == GOES_ON) {
        return goneOn(in, block);
      }
      add(use, in, block, Math.min(length, left));
    }
    return null;
  }

  private ByteBuffer goneOn(int in, long block) throws IOException {
    ByteBuffer bytes =
        Tag.read(
            disc,
            partition(in).at(block).offset(),
            blockSize,
            Tag.ALLOCATION_EXTENT,
            "addresses of UDF");
    long length = Integer.toUnsignedLong(bytes.getInt(MORE_LENGTH));
    int fits = (int) Math.min(length, blockSize - MORE);
    return bytes.slice(MORE, fits).order(ByteOrder.LITTLE_ENDIAN);
  }

  private Partition partition(int number) throws CorruptImageException {
    if (number >= partitions.size()) {
      throw corrupt("names partition map " + number + " of " + partitions.size());
    }
    return partitions.get(number);
  }

  private void add(int use, int in, long block, long length) throws IOException {
    left -= length;
    if (use != RECORDED) {
      put(ByteRange.hole(length));
      return;
    }
    Partition from = partition(in);
    for (long done = 0; done < length; ) {
      ByteRange range = from.at(block + done / blockSize);
      long here = Math.min(range.length(), length - done);
      put(new ByteRange(range.offset(), here));
      done += here;
    }
  }

  /** Adds a range, or makes the last one longer. */
  private void put(ByteRange range) throws CorruptImageException {
    if (!ranges.isEmpty()) {
      ByteRange last = ranges.getLast();
      boolean goesOn =
          last.isHole() ? range.isHole() : last.offset() + last.length() == range.offset();
      if (goesOn) {
        ranges.set(ranges.size() - 1, new ByteRange(last.offset(), last.length() + range.length()));
        return;
      }
    }
    if (ranges.size() >= MOST_RANGES) {
      throw corrupt("has addresses of more than " + MOST_RANGES + " places");
    }
    ranges.add(range);
  }
}
