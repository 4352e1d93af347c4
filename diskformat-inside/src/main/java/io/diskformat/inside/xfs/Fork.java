package io.diskformat.inside.xfs;

import java.nio.ByteBuffer;

/**
 * What an inode has of content, or of attributes: the bytes themselves, or where they are.
 *
 * @param owner the number of the inode
 * @param size of the content, in bytes
 * @param format how they are kept
 * @param extents how many, as the inode has it
 * @param bytes of the inode
 * @param position of those on the device, in bytes
 */
record Fork(long owner, long size, int format, long extents, ByteBuffer bytes, long position) {
  static final int DEVICE = 0;
  static final int LOCAL = 1;
  static final int EXTENTS = 2;
  static final int TREE = 3;

  boolean isLocal() {
    return format == LOCAL;
  }
}
