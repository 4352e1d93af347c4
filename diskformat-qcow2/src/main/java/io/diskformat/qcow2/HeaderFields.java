package io.diskformat.qcow2;

import io.diskformat.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/**
 * Changes fields of an image's header in the file, each change within one sector of 512 bytes and
 * so whole or not at all. Durable after the next barrier. Thread-safe.
 */
final class HeaderFields {
  private static final int SIZE = 24;
  private static final int REFCOUNT_TABLE = 48;
  private static final int INCOMPATIBLE = 72;
  private static final int AUTOCLEAR = 88;

  private final Storage storage;
  private final boolean hasFeatures;
  private long incompatible;

  HeaderFields(Storage storage, Qcow2Header header) {
    this.storage = storage;
    this.hasFeatures = header.version() >= 3;
    this.incompatible = header.incompatible();
  }

  /** Returns whether the image has feature bits at all. */
  boolean hasFeatures() {
    return hasFeatures;
  }

  synchronized boolean isSet(long incompatibleBit) {
    return (incompatible & incompatibleBit) != 0;
  }

  synchronized void set(long incompatibleBit, boolean value) throws IOException {
    long bits = value ? incompatible | incompatibleBit : incompatible & ~incompatibleBit;
    write(INCOMPATIBLE, fields(8).putLong(bits));
    incompatible = bits;
  }

  void autoclear(long bits) throws IOException {
    write(AUTOCLEAR, fields(8).putLong(bits));
  }

  void refcountTable(long offset, int clusters) throws IOException {
    write(REFCOUNT_TABLE, fields(12).putLong(offset).putInt(clusters));
  }

  /** Changes the disk's size and its L1 table at once. */
  void disk(long size, int encryption, L1Table l1) throws IOException {
    write(
        SIZE,
        fields(REFCOUNT_TABLE - SIZE)
            .putLong(size)
            .putInt(encryption)
            .putInt(l1.entries())
            .putLong(l1.offset()));
  }

  private static ByteBuffer fields(int length) {
    return ByteBuffer.allocate(length);
  }

  private void write(int position, ByteBuffer fields) throws IOException {
    storage.write(position, MemorySegment.ofBuffer(fields.flip()));
  }
}
