package io.diskformat.iso.udf;

import io.diskformat.CorruptImageException;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.filesystem.DeviceBytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The volume descriptors of UDF, one in each block. Of those that are there several times the one
 * of the highest number counts.
 *
 * <pre>
 * logical volume                                     partition
 *   16    4  number of the descriptor                  16  4  number of the descriptor
 *   84  128  label                                     22  2  number of the partition
 *  212    4  block size                               188  4  first block
 *  240    2  version of UDF, in BCD                   192  4  blocks
 *  248   16  file set ({@link LongAddress})
 *  264    4  length of the partition maps             goes on elsewhere
 *  268    4  number of partition maps                  20  8  length in bytes, block
 *  440       partition maps ({@link PartitionMaps})
 * </pre>
 *
 * @param logicalVolume the descriptor
 * @param partitions their descriptors, by their numbers
 */
record VolumeSequence(ByteBuffer logicalVolume, Map<Integer, ByteBuffer> partitions) {
  private static final int MOST = 512;
  private static final int NUMBER = 16;
  private static final int NEXT = 20;
  private static final int PARTITION = 22;
  private static final int LABEL = 84;
  private static final int LABEL_LENGTH = 128;
  private static final int BLOCK_SIZE = 212;
  private static final int VERSION = 240;
  private static final int FILE_SET = 248;
  private static final int MAPS_LENGTH = 264;
  static final int MAPS = 440;

  /** The longest partition maps: longer than on any disc. */
  private static final int MOST_OF_MAPS = 1 << 14;

  static VolumeSequence read(DeviceBytes disc, Anchor anchor) throws IOException {
    Optional<VolumeSequence> found = read(disc, anchor, anchor.start(), anchor.length());
    if (found.isEmpty()) {
      found = read(disc, anchor, anchor.copyStart(), anchor.copyLength());
    }
    VolumeSequence sequence =
        found.orElseThrow(
            () -> disc.corrupt("volume descriptors of UDF", anchor.start(), "name no volume"));
    long blockSize = number(sequence.logicalVolume, BLOCK_SIZE);
    if (blockSize != anchor.blockSize()) {
      throw new UnsupportedFeatureException(
          disc.name(),
          "UDF with blocks of " + blockSize + " bytes on a disc of " + anchor.blockSize());
    }
    return sequence;
  }

  private static Optional<VolumeSequence> read(
      DeviceBytes disc, Anchor anchor, long start, long length) throws IOException {
    ByteBuffer logical = null;
    Map<Integer, ByteBuffer> partitions = new HashMap<>();
    long at = start;
    long end = start + length;
    for (int i = 0; i < MOST && at < end && at + anchor.blockSize() <= disc.size(); i++) {
      ByteBuffer descriptor = disc.read(at, anchor.blockSize(), "volume descriptor of UDF");
      int what = Tag.of(descriptor);
      if (what == Tag.TERMINATING || what < 0) {
        break;
      }
      long position = at;
      at += anchor.blockSize();
      switch (what) {
        case Tag.VOLUME_POINTER -> {
          at = number(descriptor, NEXT + 4) * anchor.blockSize();
          end = at + number(descriptor, NEXT);
        }
        case Tag.LOGICAL_VOLUME -> {
          if (logical == null || isLater(descriptor, logical)) {
            logical = withMaps(disc, position, descriptor);
          }
        }
        case Tag.PARTITION -> {
          int number = Short.toUnsignedInt(descriptor.getShort(PARTITION));
          ByteBuffer known = partitions.get(number);
          if (known == null || isLater(descriptor, known)) {
            partitions.put(number, descriptor);
          }
        }
        default -> {}
      }
    }
    return logical == null || partitions.isEmpty()
        ? Optional.empty()
        : Optional.of(new VolumeSequence(logical, partitions));
  }

  private static boolean isLater(ByteBuffer descriptor, @Nullable ByteBuffer than) {
    return than != null && number(descriptor, NUMBER) >= number(than, NUMBER);
  }

  /** Partition maps may go on in the next blocks. */
  private static ByteBuffer withMaps(DeviceBytes disc, long position, ByteBuffer descriptor)
      throws IOException {
    long length = number(descriptor, MAPS_LENGTH);
    if (length > MOST_OF_MAPS) {
      throw disc.corrupt(
          "logical volume of UDF", position, "has " + length + " bytes of partition maps");
    }
    return MAPS + length <= descriptor.limit()
        ? descriptor
        : disc.read(position, MAPS + (int) length, "logical volume of UDF");
  }

  private static long number(ByteBuffer bytes, int at) {
    return Integer.toUnsignedLong(bytes.getInt(at));
  }

  String label() {
    return Osta.field(logicalVolume, LABEL, LABEL_LENGTH);
  }

  /** Returns the version of UDF as people write it, as 2.60. */
  String version() {
    int bcd = Short.toUnsignedInt(logicalVolume.getShort(VERSION));
    return "%x.%02x".formatted(bcd >> 8, bcd & 0xff);
  }

  LongAddress fileSet() {
    return LongAddress.read(logicalVolume, FILE_SET);
  }

  /** Returns the partition maps. */
  ByteBuffer maps() {
    int length = (int) Math.min(number(logicalVolume, MAPS_LENGTH), logicalVolume.limit() - MAPS);
    return logicalVolume.slice(MAPS, length).order(logicalVolume.order());
  }

  /**
   * Returns the descriptor of a partition.
   *
   * @throws CorruptImageException if there is none of that number
   */
  ByteBuffer partition(DeviceBytes disc, int number) throws CorruptImageException {
    ByteBuffer descriptor = partitions.get(number);
    if (descriptor == null) {
      throw disc.corrupt("partition map of UDF", -1, "names partition " + number + ", of none");
    }
    return descriptor;
  }
}
