package io.diskformat.layer;

import io.diskformat.CorruptImageException;
import io.diskformat.MissingData;
import io.diskformat.storage.Storage;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.atomic.LongAccumulator;

/**
 * Reads stored data that is not wholly mapped into memory, as at the end of its file. Where a
 * stored unit crosses the end of the file, the rest reads as zeroes and is counted as missing;
 * where it begins at or after the end, the image was cut short, which is an error. Thread-safe,
 * without a lock.
 */
final class EndOfData {
  private final String name;
  private final Storage data;
  private final long unitMask;

  /**
   * The range of positions beyond the end of the file that was read so far. As only the last unit
   * can cross the end, the range lies within that unit, and each byte counts once.
   */
  private final LongAccumulator missingFrom = new LongAccumulator(Math::min, Long.MAX_VALUE);

  private final LongAccumulator missingTo = new LongAccumulator(Math::max, 0);

  /**
   * Creates a reader.
   *
   * @param name the name of the image in error messages
   * @param data the storage that positions belong to
   * @param unitMask the size of a stored unit in bytes, minus one
   */
  EndOfData(String name, Storage data, long unitMask) {
    this.name = name;
    this.data = data;
    this.unitMask = unitMask;
  }

  /**
   * Copies a run of stored bytes to {@code target}. Called within {@link
   * io.diskformat.storage.Faults}' protocol.
   */
  void copyOut(long offset, long position, MemorySegment target, long targetOffset, long length)
      throws IOException {
    try {
      // Nearly always the file has all of it, and asking for its size would be one more system
      // call.
      data.readUnfenced(position, target, targetOffset, length);
    } catch (EOFException e) {
      copyUpToEnd(offset, position, target, targetOffset, length);
    }
  }

  private void copyUpToEnd(
      long offset, long position, MemorySegment target, long targetOffset, long length)
      throws IOException {
    long fileSize = data.size();
    // Whole units are checked, so that the result does not depend on the pieces that are read.
    long lastUnit = position + length - 1 - (offset + length - 1 & unitMask);
    if (lastUnit >= fileSize) {
      throw new CorruptImageException(
          name,
          "data",
          lastUnit,
          "is beyond the end of the file, which has " + fileSize + " bytes: was it cut short?");
    }
    long available = Math.clamp(fileSize - position, 0, length);
    if (available > 0) {
      data.readUnfenced(position, target, targetOffset, available);
    }
    if (available < length) {
      target.asSlice(targetOffset + available, length - available).fill((byte) 0);
      missingFrom.accumulate(position + available);
      missingTo.accumulate(position + length);
    }
  }

  /** Returns the missing data that was read so far; a list of at most one element. */
  List<MissingData> missing() {
    long length = missingTo.get() - missingFrom.get();
    return length > 0 ? List.of(new MissingData(data.name(), length)) : List.of();
  }
}
