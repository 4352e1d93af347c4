package io.diskformat.transfer;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * A feed whose windows go into the checksum of the disk when they are taken. They are read once: the
 * worker gets their bytes from here. Windows ascend, without gaps.
 */
final class HashedFeed implements Feed {
  private final Feed feed;
  private final InOrder<byte[]> order;
  private final BlockDigests digests;
  private long windowOffset;

  HashedFeed(Feed feed, InOrder<byte[]> order, BlockDigests digests) {
    this.feed = feed;
    this.order = order;
    this.digests = digests;
  }

  @Override
  public @Nullable Window next() throws IOException {
    boolean handedIn = false;
    order.takePlace();
    try {
      Window window = feed.next();
      if (window != null) {
        windowOffset = window.offset();
        boolean _ = order.add(window, digests.of(window, feed::read));
        handedIn = true;
      }
      return window;
    } finally {
      if (!handedIn) {
        order.end();
      }
    }
  }

  @Override
  public void release() {
    feed.release();
  }

  @Override
  public void read(long offset, MemorySegment target) {
    target.copyFrom(digests.bytes().asSlice(offset - windowOffset, target.byteSize()));
  }
}
