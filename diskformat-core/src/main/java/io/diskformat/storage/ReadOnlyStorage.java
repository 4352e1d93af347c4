package io.diskformat.storage;

import java.lang.foreign.MemorySegment;

/** A storage that nobody writes. */
public abstract class ReadOnlyStorage extends Storage {
  /** Creates a storage that maps nothing. */
  protected ReadOnlyStorage() {}

  /** Returns what is thrown when somebody writes all the same. */
  private UnsupportedOperationException readOnly() {
    return new UnsupportedOperationException(name() + ": not writable");
  }

  @Override
  public final boolean isWritable() {
    return false;
  }

  @Override
  public final void write(long position, MemorySegment source) {
    throw readOnly();
  }

  @Override
  public final void zero(long position, long length, boolean giveBack) {
    throw readOnly();
  }

  @Override
  public final void reserve(long position, long length) {
    throw readOnly();
  }

  @Override
  public final void resize(long size) {
    throw readOnly();
  }

  @Override
  public final void flush() {
    // Nothing was written.
  }
}
