package io.diskformat.testing;

import io.diskformat.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/** A change of a storage, or the barrier that makes those before it durable. */
public sealed interface StorageOperation {

  /** Does the same to another storage. */
  void applyTo(Storage storage) throws IOException;

  /**
   * Bytes were written.
   *
   * @param position in the file, in bytes
   * @param bytes the bytes, which must not be changed
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Write(long position, byte[] bytes) implements StorageOperation {
    @Override
    public void applyTo(Storage storage) throws IOException {
      storage.write(position, MemorySegment.ofArray(bytes));
    }

    @Override
    public String toString() {
      return "write of " + bytes.length + " bytes at " + position;
    }
  }

  /**
   * A range was made to read as zeroes.
   *
   * @param position of the range in the file, in bytes
   * @param length in bytes
   * @param giveBack whether its space was given back to the host
   */
  record Zero(long position, long length, boolean giveBack) implements StorageOperation {
    @Override
    public void applyTo(Storage storage) throws IOException {
      storage.zero(position, length, giveBack);
    }

    @Override
    public String toString() {
      return (giveBack ? "hole" : "zeroes") + " of " + length + " bytes at " + position;
    }
  }

  /**
   * Space was reserved.
   *
   * @param position in the file, in bytes
   * @param length the length in bytes
   */
  record Reserve(long position, long length) implements StorageOperation {
    @Override
    public void applyTo(Storage storage) throws IOException {
      storage.reserve(position, length);
    }

    @Override
    public String toString() {
      return "reservation of " + length + " bytes at " + position;
    }
  }

  /**
   * The storage was cut short or grown.
   *
   * @param size the new size in bytes
   */
  record Resize(long size) implements StorageOperation {
    @Override
    public void applyTo(Storage storage) throws IOException {
      storage.resize(size);
    }

    @Override
    public String toString() {
      return "resize to " + size + " bytes";
    }
  }

  /** A flush returned: what is before it is durable. */
  record Flush() implements StorageOperation {
    @Override
    public void applyTo(Storage storage) throws IOException {
      storage.flush();
    }

    @Override
    public String toString() {
      return "flush";
    }
  }
}
