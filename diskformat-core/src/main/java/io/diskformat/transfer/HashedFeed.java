package io.diskformat.transfer;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * A feed whose windows go into the checksum of the disk when they are taken. They are read once:
 * the worker gets their bytes from here. Windows ascend, without gaps.
 */
final class HashedFeed implements Feed {
  private final Feed feed;
  private final OuterHash outer;
  private final WindowSums sums;
  private long windowOffset;

  HashedFeed(Feed feed, OuterHash outer, WindowSums sums) {
    this.feed = feed;
    this.outer = outer;
    this.sums = sums;
  }

  @Override
  public @Nullable Window next() throws IOException {
    boolean handedIn = false;
    outer.takePlace();
    try {
      Window window = feed.next();
      if (window != null) {
        windowOffset = window.offset();
        outer.add(window, sums.of(window, feed::read));
        handedIn = true;
      }
      return window;
    } finally {
      if (!handedIn) {
        outer.end();
      }
    }
  }

  @Override
  public void release() {
    feed.release();
  }

  @Override
  public void read(long offset, MemorySegment target) {
    target.copyFrom(sums.bytes().asSlice(offset - windowOffset, target.byteSize()));
  }
}
