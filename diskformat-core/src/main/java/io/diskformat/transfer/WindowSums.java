package io.diskformat.transfer;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.security.MessageDigest;
import java.util.Arrays;

/** Computes the checksums of the blocks of one window at a time. For one thread. */
final class WindowSums {
  /** The length of a block, in bytes: the checksum of a disk depends on it. */
  static final int BLOCK = 64 << 10;

  private final MessageDigest digest;
  private final int checksumLength;

  /** On the heap, where the JDK's algorithms are fastest. */
  private final byte[] buffer;

  /** The checksums of the blocks of the longest window of zeroes. */
  private final byte[] zeroChecksums;

  /**
   * Creates an object.
   *
   * @param unit the length of the longest window with data in it, in bytes
   */
  WindowSums(BlockAlgorithm algorithm, int unit) {
    this.digest = algorithm.digest();
    this.buffer = new byte[unit];
    byte[] zeroChecksum = digest.digest(new byte[BLOCK]);
    this.checksumLength = zeroChecksum.length;
    int blocks = Math.max((int) (WindowCursor.ZEROES / BLOCK), Math.ceilDiv(unit, BLOCK));
    this.zeroChecksums = new byte[blocks * checksumLength];
    for (int at = 0; at < zeroChecksums.length; at += checksumLength) {
      System.arraycopy(zeroChecksum, 0, zeroChecksums, at, checksumLength);
    }
  }

  /** Returns the bytes of the window with data whose checksums were computed last. */
  MemorySegment bytes() {
    return MemorySegment.ofArray(buffer);
  }

  /** Returns the checksums of the blocks of a window, one after the other, reading it once. */
  byte[] of(Window window, Window.Reader reader) throws IOException {
    return window.isZero() ? ofZeroes(window) : ofData(window, reader);
  }

  private byte[] ofZeroes(Window window) {
    int whole = (int) (window.length() / BLOCK) * checksumLength;
    int rest = (int) (window.length() % BLOCK);
    if (rest == 0) {
      return whole == zeroChecksums.length ? zeroChecksums : Arrays.copyOf(zeroChecksums, whole);
    }
    byte[] checksums = Arrays.copyOf(zeroChecksums, whole + checksumLength);
    System.arraycopy(digest.digest(new byte[rest]), 0, checksums, whole, checksumLength);
    return checksums;
  }

  private byte[] ofData(Window window, Window.Reader reader) throws IOException {
    MemorySegment bytes = bytes();
    int length = (int) window.length();
    window.read(reader, window.offset(), bytes.asSlice(0, length));
    byte[] checksums = Arrays.copyOf(zeroChecksums, Math.ceilDiv(length, BLOCK) * checksumLength);
    for (int start = 0, at = 0; start < length; start += BLOCK, at += checksumLength) {
      int end = Math.min(start + BLOCK, length);
      // A search for zeroes costs little beside a checksum.
      if (end - start < BLOCK || !Zeroes.only(bytes, start, end)) {
        digest.update(buffer, start, end - start);
        System.arraycopy(digest.digest(), 0, checksums, at, checksumLength);
      }
    }
    return checksums;
  }
}
