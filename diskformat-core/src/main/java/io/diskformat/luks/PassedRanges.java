package io.diskformat.luks;

import io.diskformat.storage.ReadOnlyStorage;
import java.io.EOFException;
import java.lang.foreign.MemorySegment;
import java.util.TreeMap;

/** Some ranges of an image that passed by, as a storage that has nothing else. */
final class PassedRanges extends ReadOnlyStorage {
  private final TreeMap<Long, byte[]> ranges = new TreeMap<>();

  /** Adds a range that no other one touches. */
  void add(long position, byte[] bytes) {
    ranges.put(position, bytes);
  }

  @Override
  public String name() {
    return "the image";
  }

  @Override
  public long size() {
    return Long.MAX_VALUE;
  }

  @Override
  protected void readUnmapped(long position, MemorySegment target) throws EOFException {
    var range = ranges.floorEntry(position);
    long from = range == null ? 0 : position - range.getKey();
    if (range == null || from + target.byteSize() > range.getValue().length) {
      throw new EOFException("not kept: " + target.byteSize() + " bytes at " + position);
    }
    target.copyFrom(MemorySegment.ofArray(range.getValue()).asSlice(from, target.byteSize()));
  }

  @Override
  protected void release() {}
}
