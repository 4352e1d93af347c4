package io.diskformat.table;

import io.diskformat.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * A few words of memory, each read and written by itself, so that a model checker may let another
 * thread run between any two.
 */
public final class WordStorage extends Storage {
  private static final ValueLayout.OfLong WORD =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private final long[] words;

  public WordStorage(int words) {
    this.words = new long[words];
  }

  @Override
  public String name() {
    return "words";
  }

  @Override
  public boolean isWritable() {
    return true;
  }

  @Override
  public long size() {
    return 8L * words.length;
  }

  @Override
  protected void readUnmapped(long position, MemorySegment target) throws IOException {
    for (int at = 0; at < target.byteSize(); at += 8) {
      target.set(WORD, at, words[(int) (position + at) >>> 3]);
    }
  }

  @Override
  public void write(long position, MemorySegment source) {
    for (int at = 0; at < source.byteSize(); at += 8) {
      words[(int) (position + at) >>> 3] = source.get(WORD, at);
    }
  }

  @Override
  public void zero(long position, long length, boolean giveBack) {
    for (long at = position; at < position + length; at += 8) {
      words[(int) at >>> 3] = 0;
    }
  }

  @Override
  public void reserve(long position, long length) {}

  @Override
  public void resize(long size) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void flush() {}

  @Override
  protected void release() {}
}
