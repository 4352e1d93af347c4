package io.diskformat.transfer;

import io.diskformat.BlockDevice;
import io.diskformat.DirtyCursor;
import io.diskformat.Extent;
import io.diskformat.ExtentCursor;
import io.diskformat.UnsupportedFeatureException;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * The windows of a disk with an earlier manifest, from which it takes the checksums of windows in
 * which nothing changed. Thread-safe.
 */
final class UpdateTasks implements HashStep.Tasks {
  private static final int BLOCK = BlockDigests.BLOCK;

  /** The most blocks of a disk that became smaller, 256 TiB: a few bytes can claim any number. */
  private static final long MOST_REST = 1L << 32;

  private final ManifestReader earlier;
  private final BlockDevice device;
  private final long size;
  private final DirtyCursor changed;

  /**
   * The lesser of the earlier and the present size, in bytes: everything from there on counts as
   * changed.
   */
  private final long resized;

  private long at;

  /** The whole blocks that change next. */
  private long changeStart;

  private long changeEnd;

  UpdateTasks(ManifestReader earlier, BlockDevice device, long size, DirtyCursor changed) {
    this.earlier = earlier;
    this.device = device;
    this.size = size;
    this.changed = changed;
    long before = earlier.header().size();
    this.resized = before == size ? size : Math.min(before, size) / BLOCK * BLOCK;
  }

  @Override
  public HashStep.@Nullable Task next() throws IOException {
    Window window;
    synchronized (this) {
      if (at >= size) {
        readRest();
        return null;
      }
      findChange();
      long start = at;
      boolean isChanged = start >= changeStart;
      long most = isChanged ? WindowCursor.UNIT : (long) ManifestWriter.MOST_DATA * BLOCK;
      at = Math.min((start / most + 1) * most, Math.min(isChanged ? changeEnd : changeStart, size));
      int blocks = (int) BlockDigests.blocks(at - start);
      byte[] checksums = earlier.next((int) Math.min(blocks, earlier.blocksLeft()));
      window = Window.ofZeroes(start, at - start);
      if (!isChanged) {
        return new HashStep.Task(window, checksums);
      }
    }
    return new HashStep.Task(withExtents(window), null);
  }

  /** Advances to the first change that does not end before {@code at}. */
  private void findChange() throws IOException {
    while (changeEnd <= at) {
      DirtyCursor.Range range = at >= resized ? null : changed.next();
      if (range == null || range.offset() >= resized) {
        changeStart = Math.max(at, resized);
        changeEnd = size;
        return;
      }
      changeStart = Math.max(at, range.offset() / BLOCK * BLOCK);
      changeEnd = BlockDigests.blocks(range.end()) * BLOCK;
    }
  }

  /**
   * Reads what is left of the manifest if the disk is smaller than before: only its end shows
   * whether it is as it was written.
   */
  private void readRest() throws IOException {
    if (size >= earlier.header().size() && earlier.blocksLeft() > 0) {
      throw new IllegalStateException(earlier.blocksLeft() + " blocks left of " + earlier.header());
    }
    if (earlier.blocksLeft() > MOST_REST) {
      throw new UnsupportedFeatureException(
          device.toString(),
          "updating the manifest of a disk of " + earlier.header().size() + " bytes");
    }
    while (earlier.blocksLeft() > 0) {
      Crew.checkGoesOn();
      byte[] _ = earlier.next((int) Math.min(earlier.blocksLeft(), ManifestWriter.MOST_DATA));
    }
  }

  private Window withExtents(Window range) throws IOException {
    device.willRead(range.offset(), range.length());
    Window.Builder window = new Window.Builder(range.offset());
    ExtentCursor extents = device.extents(range.offset(), range.length());
    for (Extent extent = extents.next(); extent != null; extent = extents.next()) {
      if (!extent.readsAsZeroes()) {
        window.add(extent.offset(), extent.end());
      }
    }
    return window.endingAt(range.end());
  }
}
