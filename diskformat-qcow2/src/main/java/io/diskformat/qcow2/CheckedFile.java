package io.diskformat.qcow2;

import io.diskformat.layer.PaddedCopy;
import io.diskformat.storage.Storage;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * An image's file as a check sees it: nothing in it is trusted, and what is beyond its end reads as
 * zeroes. Its length is that at the beginning of the check, in whole sectors. Thread-safe.
 */
final class CheckedFile {
  private static final VarHandle WORD =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  /** The length of a sector, in bytes. */
  private static final int SECTOR = 512;

  /** How much of an L1 table, or of a bitmap's table, is read at once, in bytes. */
  private static final int PIECE = 1 << 16;

  private final Storage storage;
  private final Qcow2Header header;
  private final long size;
  private final long length;
  private final long dataLength;
  private final int clusterBits;

  /**
   * Creates a view of a file.
   *
   * @param dataLength of the external data file in bytes, or -1 if there is none or it is not known
   */
  CheckedFile(Storage storage, Qcow2Header header, long dataLength) throws IOException {
    this.dataLength = dataLength;
    this.storage = storage;
    this.header = header;
    this.size = storage.size();
    this.length = (size + SECTOR - 1) & -SECTOR;
    this.clusterBits = header.clusterBits();
  }

  /** Receives the words of a table. */
  @FunctionalInterface
  interface WordVisitor {
    /** Receives a word that is not 0, and its index in the table. */
    void word(long index, long word) throws IOException;
  }

  Storage storage() {
    return storage;
  }

  Qcow2Header header() {
    return header;
  }

  /** Returns the length of the file, in whole sectors, as a number of bytes. */
  long length() {
    return length;
  }

  /** Returns the length of the external data file in bytes, or -1 if that is not known. */
  long dataLength() {
    return dataLength;
  }

  /** Returns the number of clusters that begin within the file. */
  long clusters() {
    return (length + header.clusterSize() - 1) >>> clusterBits;
  }

  /**
   * Returns whether a range ends a cluster or more after the end of the file. The last cluster of a
   * file need not be complete.
   */
  boolean exceeds(long position, long size) {
    return position + size - length >= header.clusterSize();
  }

  boolean isAligned(long position) {
    return (position & header.clusterSize() - 1) == 0;
  }

  /** Fills the first {@code count} bytes of an array from a position on. */
  void read(long position, byte[] target, int count) throws IOException {
    MemorySegment bytes = MemorySegment.ofArray(target).asSlice(0, count);
    if (position >= 0 && position <= size - count) {
      try {
        storage.read(position, bytes);
        return;
      } catch (EOFException e) {
        // It was cut short meanwhile. To ask for the size each time would be a system call.
      }
    }
    PaddedCopy.read(storage::read, storage.size(), position, bytes);
  }

  /** Returns a word of what was read. */
  static long word(byte[] bytes, int at) {
    return (long) WORD.get(bytes, at);
  }

  /** Visits the words of a table, as far as they are within the file. */
  void visitWords(long position, long count, WordVisitor visitor) throws IOException {
    byte[] piece = new byte[(int) Math.min(PIECE, count << 3)];
    long inFile = Math.clamp((length - position) >> 3, 0, count);
    for (long index = 0; index < inFile; index += PIECE >> 3) {
      int words = (int) Math.min(PIECE >> 3, inFile - index);
      read(position + (index << 3), piece, words << 3);
      for (int i = 0; i < words; i++) {
        long word = word(piece, i << 3);
        if (word != 0) {
          visitor.word(index + i, word);
        }
      }
    }
  }
}
