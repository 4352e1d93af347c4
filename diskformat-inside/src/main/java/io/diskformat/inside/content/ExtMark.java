package io.diskformat.inside.content;

import io.diskformat.filesystem.DeviceBytes;
import io.diskformat.inside.checksum.RawCrc32c;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The superblock of ext2, ext3 and ext4, and of the device that keeps a journal of theirs.
 *
 * <pre>
 * 1024 +  4  blocks, 32 bits; more at 150      + 5C  features: compatible, incompatible, for reading
 *      +  C  free blocks, 32 bits; more at 158  + 68  UUID
 *      + 18  size of a block: 1024 &lt;&lt; this      + 78  label, 16 bytes
 *      + 38  53 EF                             +3FC  checksum
 * </pre>
 */
final class ExtMark implements Mark {
  private static final int POSITION = 1024;
  private static final int SIZE = 1024;
  private static final short MAGIC = (short) 0xEF53;
  private static final int CHECKSUM_AT = 0x3FC;
  private static final int MOST_SHIFT = 6;
  private static final int JOURNAL = 0x4;
  private static final int JOURNAL_DEVICE = 0x8;
  private static final int WIDE = 0x80;
  private static final int METADATA_CHECKSUMS = 0x400;
  private static final int INCOMPATIBLE_OF_EXT3 = 0x2 | 0x4 | 0x10;
  private static final int READ_ONLY_OF_EXT3 = 0x1 | 0x2 | 0x4;

  @Override
  public Optional<Content> find(DeviceBytes volume) throws IOException {
    if (volume.size() < POSITION + SIZE) {
      return Optional.empty();
    }
    ByteBuffer bytes = volume.read(POSITION, SIZE, "superblock");
    int shift = bytes.getInt(0x18);
    int readOnly = bytes.getInt(0x64);
    if (bytes.getShort(0x38) != MAGIC || shift < 0 || shift > MOST_SHIFT) {
      return Optional.empty();
    }
    if ((readOnly & METADATA_CHECKSUMS) != 0
        && RawCrc32c.update(RawCrc32c.START, DeviceBytes.bytesOf(bytes), 0, CHECKSUM_AT)
            != bytes.getInt(CHECKSUM_AT)) {
      return Optional.empty();
    }
    boolean wide = (bytes.getInt(0x60) & WIDE) != 0;
    long blockSize = 1024L << shift;
    long blocks = number(bytes, 4, 0x150, wide);
    long free = number(bytes, 0xC, 0x158, wide);
    if (blocks < 0 || blocks > Long.MAX_VALUE / blockSize) {
      return Optional.empty();
    }
    boolean hasUsed = free >= 0 && free <= blocks;
    return Optional.of(
        new Content(
            type(bytes),
            Texts.untilZero(bytes, 0x78, 16),
            Texts.uuid(bytes, 0x68),
            OptionalLong.of(blocks * blockSize),
            hasUsed ? OptionalLong.of((blocks - free) * blockSize) : OptionalLong.empty()));
  }

  private static long number(ByteBuffer bytes, int low, int high, boolean wide) {
    long upper = wide ? (long) bytes.getInt(high) << Integer.SIZE : 0;
    return upper | Integer.toUnsignedLong(bytes.getInt(low));
  }

  private static String type(ByteBuffer bytes) {
    int incompatible = bytes.getInt(0x60);
    if ((incompatible & JOURNAL_DEVICE) != 0) {
      return "jbd";
    }
    if ((incompatible & ~INCOMPATIBLE_OF_EXT3) != 0
        || (bytes.getInt(0x64) & ~READ_ONLY_OF_EXT3) != 0) {
      return "ext4";
    }
    return (bytes.getInt(0x5C) & JOURNAL) != 0 ? "ext3" : "ext2";
  }
}
