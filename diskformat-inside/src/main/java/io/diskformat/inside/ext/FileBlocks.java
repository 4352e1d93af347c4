package io.diskformat.inside.ext;

import java.io.IOException;

/** Where the blocks of a file are. Never changes. */
interface FileBlocks {

  /**
   * Returns the run that holds a block of the file.
   *
   * @param fileBlock counted from 0
   * @throws io.diskformat.CorruptImageException if what is recorded makes no sense
   */
  Run at(long fileBlock) throws IOException;
}
