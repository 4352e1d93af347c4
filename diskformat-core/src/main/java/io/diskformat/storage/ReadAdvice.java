package io.diskformat.storage;

import java.lang.foreign.MemorySegment;

/**
 * Advises the kernel about ranges of a mapped file that will be read, unless they seem to be in the
 * page cache.
 */
final class ReadAdvice {
  /** The largest length of a small range, in bytes: it is read in little time even page by page. */
  private static final long SMALL_RANGE = 128 << 10;

  /** The number of cached ranges in a row after which only some of the small ranges are checked. */
  private static final int TRUSTED = 16;

  /** One of this number of small ranges is then checked. */
  private static final int LOOKED_AT = 8;

  private final NativeFile file;

  /** The number of successive ranges that were cached. Races make it inexact, which is harmless. */
  private int cachedInARow;

  ReadAdvice(NativeFile file) {
    this.file = file;
  }

  /**
   * Advises the kernel that a range is about to be read.
   *
   * @param mapped the mapped beginning of the file
   * @return whether the range seems to be in the page cache, so that no advice was given
   */
  boolean willRead(MemorySegment mapped, long position, long length) {
    long start = position & -4096;
    long end = Math.min(position + length, mapped.byteSize());
    // For a cached range, this advice would take a third of the time of copying the range.
    if (seemsCached(start, end - start)) {
      return true;
    }
    try {
      // The range may be unmapped meanwhile: the kernel refuses advice for unmapped addresses.
      file.advise(mapped.address() + start, end - start, NativeIo.MADV_WILLNEED);
    } catch (IllegalStateException e) {
      // It was closed meanwhile.
    }
    return false;
  }

  /**
   * Returns whether a range seems to be cached. Of many small ranges only some are checked, as long
   * as all of those are cached.
   */
  private boolean seemsCached(long position, long length) {
    int before = cachedInARow;
    boolean trusted = length <= SMALL_RANGE && before >= TRUSTED && before % LOOKED_AT != 0;
    boolean cached = trusted || file.seemsCached(position, length);
    cachedInARow = cached ? before + 1 & Integer.MAX_VALUE : 0;
    return cached;
  }
}
