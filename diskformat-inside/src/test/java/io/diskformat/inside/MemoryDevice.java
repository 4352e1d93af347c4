package io.diskformat.inside;

import io.diskformat.device.ReadingDevice;
import java.lang.foreign.MemorySegment;

/** A disk in memory that is only read. */
public final class MemoryDevice extends ReadingDevice {
  private final byte[] bytes;

  /** Creates a disk with these bytes, which are not copied. */
  public MemoryDevice(byte[] bytes) {
    super("memory", bytes.length);
    this.bytes = bytes;
  }

  @Override
  protected void readRange(long offset, MemorySegment target) {
    MemorySegment.copy(MemorySegment.ofArray(bytes), offset, target, 0, target.byteSize());
  }
}
