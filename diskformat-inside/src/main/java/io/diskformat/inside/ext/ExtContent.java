package io.diskformat.inside.ext;

import io.diskformat.Extent;
import io.diskformat.Extent.Kind;
import io.diskformat.device.ReadingDevice;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * The content of a file as a device. Where its blocks are is looked up when they are read, so that
 * a file in many pieces takes no memory.
 */
final class ExtContent extends ReadingDevice {
  /** A file in more pieces than that is not announced any further. */
  private static final int MOST_ANNOUNCED = 1024;

  private final ExtVolume volume;
  private final FileBlocks blocks;
  private final int blockSize;

  /** The run that was found last. */
  private volatile @Nullable Run found;

  ExtContent(ExtVolume volume, FileBlocks blocks, long size) {
    super(volume.device().toString(), size);
    this.volume = volume;
    this.blocks = blocks;
    this.blockSize = volume.superblock().blockSize();
  }

  private Run runAt(long offset) throws IOException {
    long block = offset / blockSize;
    Run run = found;
    if (run == null || !run.contains(block)) {
      run = blocks.at(block);
      found = run;
    }
    return run;
  }

  /** Returns how many bytes from an offset on are in a run. */
  private long within(Run run, long offset, long end) {
    // The end of a hole may be beyond all numbers.
    return run.end() >= Long.MAX_VALUE / blockSize
        ? end - offset
        : Math.min(end, run.end() * blockSize) - offset;
  }

  private long position(Run run, long offset, long length) throws IOException {
    long position = volume.position(run.block()) + offset - run.first() * blockSize;
    volume.bytes().check(position, length, "content of a file");
    return position;
  }

  @Override
  protected void readRange(long offset, MemorySegment target) throws IOException {
    long end = offset + target.byteSize();
    for (long at = offset; at < end; ) {
      Run run = runAt(at);
      long length = within(run, at, end);
      MemorySegment part = target.asSlice(at - offset, length);
      if (run.isHole()) {
        part.fill((byte) 0);
      } else {
        volume.device().read(position(run, at, length), part);
      }
      at += length;
    }
  }

  @Override
  protected Extent extentAt(long offset, long end) throws IOException {
    Run run = runAt(offset);
    long length = within(run, offset, end);
    if (run.isHole()) {
      return new Extent(offset, length, Kind.HOLE, true, false, 0, -1, null);
    }
    return extentOf(volume.device(), position(run, offset, length), length, offset);
  }

  @Override
  public void willRead(long offset, long length) throws IOException {
    super.willRead(offset, length);
    long end = offset + length;
    int pieces = 0;
    for (long at = offset; at < end && pieces < MOST_ANNOUNCED; pieces++) {
      Run run = runAt(at);
      long some = within(run, at, end);
      if (!run.isHole()) {
        volume.device().willRead(position(run, at, some), some);
      }
      at += some;
    }
  }
}
