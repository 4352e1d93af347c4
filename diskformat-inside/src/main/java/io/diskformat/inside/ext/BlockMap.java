package io.diskformat.inside.ext;

import java.io.IOException;

/** Where the blocks of a file are, to be changed. What changes of the inode is not saved. */
interface BlockMap {

  /** Returns the run that holds a block of the file. See {@link FileBlocks#at}. */
  Run at(long fileBlock) throws IOException;

  /**
   * Gives blocks to a file where it has none with content.
   *
   * @param fileBlock the first; its run is a hole
   * @param most how many at most
   * @return what there is now from {@code fileBlock} on, with any content
   */
  Run provide(long fileBlock, long most) throws IOException;

  /**
   * Gives a block of the file another place, and the old one back.
   *
   * @param fileBlock one that has content
   * @return the place, whose content is not that of the old one
   */
  long replace(long fileBlock) throws IOException;

  /** Takes away all blocks from one of the file on, and gives them back. */
  void cut(long fileBlock) throws IOException;

  /** Returns how many blocks a file may have. */
  long mostBlocks();
}
