package io.diskformat.inside.ext;

import io.diskformat.CorruptImageException;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.inside.checksum.RawCrc32c;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * The first block of a journal. Numbers have their highest byte first.
 *
 * <pre>
 *  0  C0 3B 39 98                            24  features: compatible, incompatible
 *  4  3, or 4 with features                   30  UUID
 *  C  size of a block, 32 bits                50  kind of checksums; 4: CRC-32C
 * 10  blocks of the journal, 32 bits          54  blocks for fast commits, at the end, 32 bits
 * 14  first block of the log, 32 bits         FC  checksum of 1024 bytes, with zeroes here
 * 18  first transaction, 32 bits
 * 1C  where it begins, 32 bits; or 0
 * </pre>
 *
 * @param first block of the log
 * @param end of the log, a block
 * @param sequence of the first transaction
 * @param start block of the first transaction, or 0 if there is none
 */
record JournalSuperblock(
    long first, long end, int sequence, long start, int incompatible, int seed) {
  static final int SIZE = 1024;
  private static final int CHECKSUM_AT = 0xFC;
  private static final int WITHOUT_FEATURES = 3;
  private static final int WITH_FEATURES = 4;
  private static final int CRC32C = 4;
  private static final int DEFAULT_FAST_COMMIT_BLOCKS = 256;

  private static final int REVOKE = 0x1;
  private static final int WIDE = 0x2;
  private static final int ASYNC = 0x4;
  private static final int CHECKSUMS_2 = 0x8;
  private static final int CHECKSUMS_3 = 0x10;
  private static final int FAST_COMMIT = 0x20;
  private static final int KNOWN = REVOKE | WIDE | ASYNC | CHECKSUMS_2 | CHECKSUMS_3 | FAST_COMMIT;

  /**
   * Reads it.
   *
   * @param device as errors name it
   * @throws UnsupportedFeatureException if the journal has what is not known
   * @throws CorruptImageException if it makes no sense
   */
  static JournalSuperblock read(JournalFile journal, String device) throws IOException {
    ByteBuffer bytes = journal.read(0);
    int type = bytes.getInt(4);
    if (bytes.getInt(0) != ReplayedDevice.MAGIC
        || (type != WITHOUT_FEATURES && type != WITH_FEATURES)) {
      throw journal.corrupt(0, "is no superblock of a journal");
    }
    int incompatible = type == WITH_FEATURES ? bytes.getInt(0x28) : 0;
    int unknown = incompatible & ~KNOWN;
    if (unknown != 0) {
      throw new UnsupportedFeatureException(
          device, "a journal of ext4 with the feature 0x" + Integer.toHexString(unknown));
    }
    if ((incompatible & (CHECKSUMS_2 | CHECKSUMS_3)) != 0) {
      checkSum(journal, bytes);
    }
    long first = Integer.toUnsignedLong(bytes.getInt(0x14));
    long end = Integer.toUnsignedLong(bytes.getInt(0x10));
    long start = Integer.toUnsignedLong(bytes.getInt(0x1C));
    if (bytes.getInt(0xC) != journal.blockSize() || end > journal.count()) {
      throw journal.corrupt(
          0, "says that it has " + end + " blocks of " + bytes.getInt(0xC) + " bytes");
    }
    if ((incompatible & FAST_COMMIT) != 0) {
      int blocks = bytes.getInt(0x54);
      end -= blocks == 0 ? DEFAULT_FAST_COMMIT_BLOCKS : Integer.toUnsignedLong(blocks);
    }
    if (first < 1 || first >= end || (start != 0 && (start < first || start >= end))) {
      throw journal.corrupt(
          0, "has a log from " + first + " to " + end + " that begins at " + start);
    }
    byte[] uuid = new byte[16];
    bytes.get(0x30, uuid);
    int seed = RawCrc32c.update(RawCrc32c.START, uuid);
    return new JournalSuperblock(first, end, bytes.getInt(0x18), start, incompatible, seed);
  }

  private static void checkSum(JournalFile journal, ByteBuffer bytes) throws IOException {
    byte[] without = new byte[SIZE];
    bytes.get(0, without);
    ByteBuffer.wrap(without).putInt(CHECKSUM_AT, 0);
    if (bytes.get(0x50) != CRC32C
        || RawCrc32c.update(RawCrc32c.START, without) != bytes.getInt(CHECKSUM_AT)) {
      throw journal.corrupt(0, "has a wrong checksum");
    }
  }

  /**
   * Changes where the log begins.
   *
   * @param bytes all of a superblock
   * @param start a block, or 0 if the log is empty
   * @param sequence of the first transaction, or of the next
   * @param signed whether it has a checksum
   */
  static void put(byte[] bytes, long start, int sequence, boolean signed) {
    ByteBuffer buffer = ByteBuffer.wrap(bytes).putInt(0x18, sequence).putInt(0x1C, (int) start);
    if (signed) {
      buffer.putInt(CHECKSUM_AT, 0);
      buffer.putInt(CHECKSUM_AT, RawCrc32c.update(RawCrc32c.START, bytes));
    }
  }

  boolean isWide() {
    return (incompatible & WIDE) != 0;
  }

  /** Returns whether blocks have checksums, of whichever of the two versions. */
  boolean hasChecksums() {
    return (incompatible & (CHECKSUMS_2 | CHECKSUMS_3)) != 0;
  }

  boolean hasChecksums3() {
    return (incompatible & CHECKSUMS_3) != 0;
  }

  boolean hasFastCommits() {
    return (incompatible & FAST_COMMIT) != 0;
  }

  /** Returns the block of the log after one. */
  long after(long block) {
    return block + 1 >= end ? first : block + 1;
  }
}
