package io.diskformat.inside.fat;

import io.diskformat.BlockDevice;
import io.diskformat.Extent;
import io.diskformat.device.ReadingDevice;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/** The content of a file as a device. */
final class FatContent extends ReadingDevice {
  /** A file in more pieces than that is not announced any further. */
  private static final int MOST_ANNOUNCED = 1024;

  private final BlockDevice device;
  private final ClusterRuns runs;

  FatContent(BlockDevice device, ClusterRuns runs, long size) {
    super(device.toString(), size);
    this.device = device;
    this.runs = runs;
  }

  private long position(int run, long offset) {
    return runs.position(run) + offset - runs.start(run);
  }

  @Override
  protected void readRange(long offset, MemorySegment target) throws IOException {
    long end = offset + target.byteSize();
    int run = runs.at(offset);
    for (long at = offset; at < end; run++) {
      long length = Math.min(end, runs.end(run)) - at;
      device.read(position(run, at), target.asSlice(at - offset, length));
      at += length;
    }
  }

  @Override
  protected Extent extentAt(long offset, long end) throws IOException {
    int run = runs.at(offset);
    long length = Math.min(end, runs.end(run)) - offset;
    return extentOf(device, position(run, offset), length, offset);
  }

  @Override
  public void willRead(long offset, long length) throws IOException {
    super.willRead(offset, length);
    long end = offset + length;
    long at = offset;
    for (int pieces = 0; at < end && pieces < MOST_ANNOUNCED; pieces++) {
      int run = runs.at(at);
      long some = Math.min(end, runs.end(run)) - at;
      device.willRead(position(run, at), some);
      at += some;
    }
  }
}
