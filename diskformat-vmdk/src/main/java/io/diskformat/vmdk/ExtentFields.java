package io.diskformat.vmdk;

import java.io.IOException;

/** What the writer of a sparse extent changes in its header, which differs between the kinds. */
interface ExtentFields {
  /** Returns whether the extent was not closed by who wrote it last. */
  boolean isUnclean() throws IOException;

  /** Records whether the extent is being written. */
  void unclean(boolean unclean) throws IOException;

  /** Records where the used part of the file ends, in bytes, if the header says that. */
  void end(long position) throws IOException;

  /** Records the size of the extent, in sectors of the disk. */
  void capacity(long sectors) throws IOException;

  /** Returns the most sectors that {@link #capacity} can record. */
  long mostSectors();

  /**
   * Records where the grain directories are, in one write.
   *
   * @param positions of the first one and of the redundant one, if there is one, in bytes
   * @param entries of each
   */
  void directories(long[] positions, long entries) throws IOException;

  /** Returns whether an extent of this kind has all of its tables from the beginning. */
  boolean hasAllTables();

  /** Adds the ranges of the file that header and descriptor have. */
  void addRanges(TableRanges ranges) throws IOException;

  /** Returns the position before which there is no grain, in bytes. */
  long firstGrain();
}
