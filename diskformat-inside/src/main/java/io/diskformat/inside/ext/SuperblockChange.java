package io.diskformat.inside.ext;

import io.diskformat.inside.checksum.RawCrc32c;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * What an edit changes of the superblock: its state, and what is free. {@link Superblock} draws it.
 */
final class SuperblockChange {
  private static final int FREE_BLOCKS_AT = 0xC;
  private static final int MORE_FREE_BLOCKS_AT = 0x158;
  private static final int FREE_INODES_AT = 0x10;
  private static final int STATE_AT = 0x3A;
  private static final int CLEAN = 1;
  private static final int INCOMPATIBLE_AT = 0x60;

  /** Where the volume was mounted last, 64 bytes, the last four of which are mostly spare. */
  private static final int LAST_MOUNTED_AT = 0x88;

  private static final int SPARE_AT = 0xC4;

  private SuperblockChange() {}

  /** Adds to the numbers of blocks and inodes that are free. */
  static void addFree(ExtChanges changes, long blocks, int inodes) throws IOException {
    Superblock superblock = changes.superblock();
    byte[] bytes = changes.device().change(superblock.ownBlock());
    ByteBuffer own = own(bytes, Superblock.POSITION % superblock.blockSize());
    long free = Integer.toUnsignedLong(own.getInt(FREE_BLOCKS_AT));
    boolean wide = superblock.hasIncompatible(Features.WIDE);
    if (wide) {
      free |= Integer.toUnsignedLong(own.getInt(MORE_FREE_BLOCKS_AT)) << Integer.SIZE;
    }
    free += blocks;
    own.putInt(FREE_BLOCKS_AT, (int) free);
    if (wide) {
      own.putInt(MORE_FREE_BLOCKS_AT, (int) (free >>> Integer.SIZE));
    }
    own.putInt(FREE_INODES_AT, own.getInt(FREE_INODES_AT) + inodes);
    sign(superblock, own);
  }

  private static ByteBuffer own(byte[] bytes, int at) {
    return ByteBuffer.wrap(bytes, at, Superblock.SIZE).slice().order(ByteOrder.LITTLE_ENDIAN);
  }

  /**
   * Makes the checksum right. It is in another sector than what changes, and one may be written
   * without the other; so, if that can be, it stays as it is, and bytes that mean nothing, behind
   * the end of a name, become what makes it right.
   */
  private static void sign(Superblock superblock, ByteBuffer own) {
    if (!superblock.hasMetadataChecksums()) {
      return;
    }
    byte[] bytes = new byte[Superblock.CHECKSUM_AT];
    own.get(0, bytes);
    if (hasSpare(bytes)) {
      int behind = SPARE_AT + Integer.BYTES;
      own.putInt(
          SPARE_AT,
          RawCrc32c.numberFor(
              Checksums.ofSuperblock(bytes, SPARE_AT),
              own.getInt(Superblock.CHECKSUM_AT),
              bytes,
              behind,
              bytes.length - behind));
    } else {
      own.putInt(Superblock.CHECKSUM_AT, Checksums.ofSuperblock(bytes, bytes.length));
    }
  }

  private static boolean hasSpare(byte[] bytes) {
    for (int at = LAST_MOUNTED_AT; at < SPARE_AT; at++) {
      if (bytes[at] == 0) {
        return true;
      }
    }
    return false;
  }

  /**
   * Makes a superblock say that the volume is being changed.
   *
   * @param byJournal whether its journal may have something in it
   */
  static void markChanging(Superblock superblock, byte[] bytes, boolean byJournal) {
    ByteBuffer own = own(bytes, 0);
    if (byJournal) {
      own.putInt(INCOMPATIBLE_AT, own.getInt(INCOMPATIBLE_AT) | Features.RECOVER);
    }
    own.putShort(STATE_AT, (short) (own.getShort(STATE_AT) & ~CLEAN));
    sign(superblock, own);
  }
}
