package io.diskformat.inside.ext;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** What an edit changes of the superblock: its state, and what is free. {@link Superblock} draws it. */
final class SuperblockChange {
  private static final int FREE_BLOCKS_AT = 0xC;
  private static final int MORE_FREE_BLOCKS_AT = 0x158;
  private static final int FREE_INODES_AT = 0x10;
  private static final int STATE_AT = 0x3A;
  private static final int CLEAN = 1;

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

  private static void sign(Superblock superblock, ByteBuffer own) {
    if (superblock.hasMetadataChecksums()) {
      byte[] bytes = new byte[Superblock.CHECKSUM_AT];
      own.get(0, bytes);
      own.putInt(Superblock.CHECKSUM_AT, Checksums.ofSuperblock(bytes, bytes.length));
    }
  }

  /** Makes a superblock say that the volume is being changed. */
  static void markChanging(Superblock superblock, byte[] bytes) {
    ByteBuffer own = own(bytes, 0);
    own.putShort(STATE_AT, (short) (own.getShort(STATE_AT) & ~CLEAN));
    sign(superblock, own);
  }
}
