package io.diskformat.table;

import io.diskformat.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** The kind of word that the tables of a format consist of. */
public enum Word {
  /** 64 bits, big-endian. */
  BIG_ENDIAN_64(3) {
    @Override
    long get(MemorySegment bytes, long offset) {
      return bytes.get(BIG_ENDIAN_LONG, offset);
    }

    @Override
    void set(MemorySegment bytes, long offset, long value) {
      bytes.set(BIG_ENDIAN_LONG, offset, value);
    }

    @Override
    long read(Storage storage, long position) throws IOException {
      return storage.readLongUnfenced(position);
    }
  },

  /** 64 bits, little-endian. */
  LITTLE_ENDIAN_64(3) {
    @Override
    long get(MemorySegment bytes, long offset) {
      return bytes.get(LITTLE_ENDIAN_LONG, offset);
    }

    @Override
    void set(MemorySegment bytes, long offset, long value) {
      bytes.set(LITTLE_ENDIAN_LONG, offset, value);
    }

    @Override
    long read(Storage storage, long position) throws IOException {
      return Long.reverseBytes(storage.readLongUnfenced(position));
    }
  },

  /** 32 bits, unsigned, little-endian. */
  LITTLE_ENDIAN_32(2) {
    @Override
    long get(MemorySegment bytes, long offset) {
      return Integer.toUnsignedLong(bytes.get(LITTLE_ENDIAN_INT, offset));
    }

    @Override
    void set(MemorySegment bytes, long offset, long value) {
      bytes.set(LITTLE_ENDIAN_INT, offset, (int) value);
    }

    @Override
    long read(Storage storage, long position) throws IOException {
      return Integer.toUnsignedLong(Integer.reverseBytes(storage.readIntUnfenced(position)));
    }
  };

  static final ValueLayout.OfLong BIG_ENDIAN_LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  static final ValueLayout.OfLong LITTLE_ENDIAN_LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  static final ValueLayout.OfInt LITTLE_ENDIAN_INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final int bits;

  Word(int bits) {
    this.bits = bits;
  }

  /** Returns the binary logarithm of its size in bytes. */
  int bits() {
    return bits;
  }

  abstract long get(MemorySegment bytes, long offset);

  abstract void set(MemorySegment bytes, long offset, long value);

  /** Returns the word at a position of a file. Unfenced. */
  abstract long read(Storage storage, long position) throws IOException;

  /**
   * Writes a word to a file: for maintenance, which changes a few words in place.
   *
   * @param position of the word, in bytes
   * @throws IOException if the file cannot be written
   */
  public void write(Storage storage, long position, long value) throws IOException {
    MemorySegment bytes = MemorySegment.ofArray(new byte[1 << bits]);
    set(bytes, 0, value);
    storage.write(position, bytes);
  }
}
