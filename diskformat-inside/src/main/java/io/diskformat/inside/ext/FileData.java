package io.diskformat.inside.ext;

import io.diskformat.BlockDevice;
import io.diskformat.CorruptImageException;
import io.diskformat.UnsupportedFeatureException;
import java.io.IOException;

/** Finds what is stored of a file. */
final class FileData {
  /** Blocks of a file have numbers of 32 bits. */
  private static final long MOST_BLOCKS = 1L << Integer.SIZE;

  private FileData() {}

  /** Returns where the blocks of a file are. */
  static FileBlocks blocks(ExtVolume volume, Inode inode) {
    return inode.has(Inode.EXTENTS)
        ? new ExtentTree(volume, inode)
        : new IndirectBlocks(volume, inode);
  }

  /** Returns the content of a file or a symbolic link that has blocks. */
  static BlockDevice content(ExtVolume volume, Inode inode) throws IOException {
    check(volume, inode);
    return new ExtContent(volume, blocks(volume, inode), inode.size());
  }

  /**
   * Checks that content can be read, and its size be.
   *
   * @throws UnsupportedFeatureException if it is not stored as it is
   * @throws CorruptImageException if no file can be as large
   */
  static void check(ExtVolume volume, Inode inode) throws IOException {
    if (inode.has(Inode.ENCRYPTED)) {
      throw volume.unsupported("an encrypted file of ext4, inode " + inode.number());
    }
    if (inode.has(Inode.COMPRESSED)) {
      throw volume.unsupported("a compressed file of ext2, inode " + inode.number());
    }
    if (inode.size() < 0 || inode.size() > MOST_BLOCKS * volume.superblock().blockSize()) {
      throw volume.corrupt(
          "inode", inode.position(), inode.number() + " has " + inode.size() + " bytes");
    }
  }
}
