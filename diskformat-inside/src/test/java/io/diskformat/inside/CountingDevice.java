package io.diskformat.inside;

import io.diskformat.BlockDevice;
import io.diskformat.device.ReadingDevice;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.BitSet;
import java.util.concurrent.atomic.AtomicLong;

/** A disk that counts the bytes that are read of it. */
public final class CountingDevice extends ReadingDevice {
  private static final int SECTOR = 512;

  private final BlockDevice device;
  private final AtomicLong read = new AtomicLong();
  private final AtomicLong again = new AtomicLong();
  private final BitSet sectors = new BitSet();

  /** Creates a device that reads another. */
  public CountingDevice(BlockDevice device) {
    super(device.toString(), device.size());
    this.device = device;
  }

  /** Returns how many bytes were read. */
  public long read() {
    return read.get();
  }

  /** Returns how many of them are of sectors of which some had been read whole before. */
  public long readAgain() {
    return again.get();
  }

  private synchronized void note(long offset, long length) {
    int end = Math.toIntExact((offset + length) / SECTOR);
    for (int i = Math.toIntExact(Math.ceilDiv(offset, SECTOR)); i < end; i++) {
      if (sectors.get(i)) {
        again.addAndGet(SECTOR);
      }
      sectors.set(i);
    }
  }

  @Override
  protected void readRange(long offset, MemorySegment target) throws IOException {
    read.addAndGet(target.byteSize());
    note(offset, target.byteSize());
    device.read(offset, target);
  }
}
