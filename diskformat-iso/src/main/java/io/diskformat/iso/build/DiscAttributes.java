package io.diskformat.iso.build;

import java.time.Instant;
import java.util.Optional;

/**
 * What a disc records of a file besides its name and content. Only Rock Ridge records more than the
 * time of the last modification.
 *
 * @param mode permissions, as POSIX numbers them: 12 bits
 * @param owner the number of the user
 * @param group the number of the group
 * @param modified when the content was last modified; recorded in whole seconds
 * @param accessed when the file was last accessed, if that is to be recorded
 * @param created when the file was created, if that is to be recorded
 */
public record DiscAttributes(
    int mode,
    long owner,
    long group,
    Instant modified,
    Optional<Instant> accessed,
    Optional<Instant> created) {
  private static final int MOST_OF_MODE = 07777;
  private static final long MOST_OF_ID = 0xffff_ffffL;

  /**
   * Checks what is given.
   *
   * @throws IllegalArgumentException if the mode has other bits, or a number does not fit in 32
   */
  public DiscAttributes {
    if ((mode & ~MOST_OF_MODE) != 0) {
      throw new IllegalArgumentException("a mode of " + Integer.toOctalString(mode));
    }
    if (owner < 0 || owner > MOST_OF_ID || group < 0 || group > MOST_OF_ID) {
      throw new IllegalArgumentException("an owner of " + owner + ", a group of " + group);
    }
  }

  /** Returns attributes of a file that belongs to user 0 and group 0. */
  public static DiscAttributes of(int mode, Instant modified) {
    return new DiscAttributes(mode, 0, 0, modified, Optional.empty(), Optional.empty());
  }

  /**
   * Returns these attributes as a disc for everybody has them: owned by user and group 0, readable
   * by all, written by nobody, and executed by all if by anybody.
   *
   * @param directory whether they are a directory's, which all may search
   */
  DiscAttributes forEverybody(boolean directory) {
    int execute = directory || (mode & 0111) != 0 ? 0111 : 0;
    return new DiscAttributes(0444 | execute, 0, 0, modified, accessed, created);
  }
}
