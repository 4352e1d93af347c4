package io.diskformat.transfer;

import io.diskformat.ImageClosedException;
import io.diskformat.LimitExceededException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** Compares the checksums of one window at a time with a manifest's. Each worker has its own. */
final class VerifyStep implements Crew.Step {
  private static final int BLOCK = BlockDigests.BLOCK;

  private final Feed feed;
  private final Expected expected;
  private final InOrder<List<Difference>> order;
  private final Progress progress;
  private final BlockDigests digests;

  VerifyStep(Feed feed, Expected expected, InOrder<List<Difference>> order, Progress progress) {
    this.feed = feed;
    this.expected = expected;
    this.order = order;
    this.progress = progress;
    this.digests = new BlockDigests(expected.algorithm(), WindowCursor.UNIT);
  }

  /** The checksums of a manifest, for windows in ascending order. Thread-safe. */
  static final class Expected {
    private final ManifestReader reader;

    /** Held by who takes the next window. */
    private final Lock taking = new ReentrantLock();

    Expected(ManifestReader reader) {
      this.reader = reader;
    }

    BlockAlgorithm algorithm() {
      return reader.header().algorithm();
    }

    /** Returns the next window of a feed, with what is expected there as far as that is known. */
    HashStep.@Nullable Task next(Feed feed) throws IOException {
      Crew.lock(taking);
      try {
        return take(feed);
      } finally {
        taking.unlock();
      }
    }

    private HashStep.@Nullable Task take(Feed feed) throws IOException {
      Window window = feed.next();
      if (window == null) {
        return null;
      }
      int blocks = (int) Math.min(BlockDigests.blocks(window.length()), reader.blocksLeft());
      byte[] checksums = reader.next(blocks);
      long end = window.offset() + (long) blocks * BLOCK;
      // Of disks of two sizes, a block may be shorter on one of them.
      boolean isSame = Math.min(end, window.end()) == Math.min(end, reader.header().size());
      int length = isSame ? checksums.length : checksums.length - reader.checksumLength();
      return new HashStep.Task(window, Arrays.copyOf(checksums, Math.max(0, length)));
    }
  }

  @Override
  public boolean run() throws IOException {
    boolean handedIn = false;
    boolean more = false;
    order.takePlace();
    try {
      HashStep.Task task = expected.next(feed);
      byte[] checksums = task == null ? null : task.checksums();
      if (task != null && checksums != null) {
        Window window = task.window();
        more = order.add(window, differences(window, checksums));
        handedIn = true;
        progress.add(window.length());
      }
    } finally {
      if (!handedIn || !more) {
        order.end();
      }
    }
    return more;
  }

  private List<Difference> differences(Window window, byte[] wanted) throws IOException {
    byte[] actual;
    try {
      actual = digests.of(window, feed::read);
    } catch (IOException e) {
      requireDamage(e);
      return blockByBlock(window, wanted);
    }
    if (Arrays.equals(actual, 0, wanted.length, wanted, 0, wanted.length)) {
      return List.of(); // also where the disk goes on beyond the end of the manifest's
    }
    List<Difference> found = new ArrayList<>();
    int length = digests.checksumLength();
    for (int at = 0; at < wanted.length; at += length) {
      if (!Arrays.equals(actual, at, at + length, wanted, at, at + length)) {
        found.add(block(window, at / length, Difference.Kind.CONTENT, Optional.empty()));
      }
    }
    return found;
  }

  private List<Difference> blockByBlock(Window window, byte[] wanted) throws IOException {
    List<Difference> found = new ArrayList<>();
    int length = digests.checksumLength();
    for (int at = 0; at < wanted.length; at += length) {
      Difference block = block(window, at / length, Difference.Kind.CONTENT, Optional.empty());
      try {
        byte[] actual = digests.ofPart(window, feed::read, block.offset(), (int) block.length());
        if (!Arrays.equals(actual, 0, length, wanted, at, at + length)) {
          found.add(block);
        }
      } catch (IOException e) {
        requireDamage(e);
        found.add(
            block(
                window,
                at / length,
                Difference.Kind.UNREADABLE,
                Optional.of(String.valueOf(e.getMessage()))));
      }
    }
    return found;
  }

  private static Difference block(
      Window window, int index, Difference.Kind kind, Optional<String> problem) {
    long offset = window.offset() + (long) index * BLOCK;
    return new Difference(offset, Math.min(BLOCK, window.end() - offset), kind, problem);
  }

  /** Throws a failure that is no damage of the disk. */
  private static void requireDamage(IOException e) throws IOException {
    if (e instanceof ImageClosedException
        || e instanceof LimitExceededException
        || e instanceof InterruptedIOException
        || e instanceof ClosedChannelException) {
      throw e;
    }
  }
}
