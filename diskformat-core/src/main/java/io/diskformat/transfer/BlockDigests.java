package io.diskformat.transfer;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.security.MessageDigest;
import java.util.Arrays;

/** Computes the checksums of the blocks of windows. Each worker has its own. */
final class BlockDigests {
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
  BlockDigests(BlockAlgorithm algorithm, int unit) {
    this.digest = algorithm.digest();
    this.buffer = new byte[unit];
    byte[] zeroChecksum = ofZeroes(digest, BLOCK);
    this.checksumLength = zeroChecksum.length;
    int blocks = Math.max((int) (WindowCursor.ZEROES / BLOCK), Math.ceilDiv(unit, BLOCK));
    this.zeroChecksums = new byte[blocks * checksumLength];
    for (int at = 0; at < zeroChecksums.length; at += checksumLength) {
      System.arraycopy(zeroChecksum, 0, zeroChecksums, at, checksumLength);
    }
  }

  /** Returns the checksum of a block of zeroes. */
  static byte[] ofZeroes(MessageDigest digest, int length) {
    return digest.digest(new byte[length]);
  }

  /** Returns how many blocks a number of bytes takes, the last of which may be shorter. */
  static long blocks(long length) {
    return (length + BLOCK - 1) / BLOCK;
  }

  /** Returns the bytes of the window with data whose checksums were computed last. */
  MemorySegment bytes() {
    return MemorySegment.ofArray(buffer);
  }

  /** Returns the length of a checksum, in bytes. */
  int checksumLength() {
    return checksumLength;
  }

  /**
   * Returns the checksums of the blocks of a window, one after the other; not to be changed.
   *
   * @param device read where the window has data
   */
  byte[] of(Window window, Window.Reader device) throws IOException {
    return window.isZero() ? ofZeroes(window) : ofData(window, device);
  }

  private byte[] ofZeroes(Window window) {
    int whole = (int) (window.length() / BLOCK) * checksumLength;
    int rest = (int) (window.length() % BLOCK);
    if (rest == 0) {
      return whole == zeroChecksums.length ? zeroChecksums : Arrays.copyOf(zeroChecksums, whole);
    }
    byte[] checksums = Arrays.copyOf(zeroChecksums, whole + checksumLength);
    System.arraycopy(ofZeroes(digest, rest), 0, checksums, whole, checksumLength);
    return checksums;
  }

  private byte[] ofData(Window window, Window.Reader device) throws IOException {
    MemorySegment bytes = MemorySegment.ofArray(buffer);
    int length = (int) window.length();
    window.read(device, window.offset(), bytes.asSlice(0, length));
    byte[] checksums = Arrays.copyOf(zeroChecksums, (int) blocks(length) * checksumLength);
    for (int start = 0, at = 0; start < length; start += BLOCK, at += checksumLength) {
      int end = Math.min(start + BLOCK, length);
      Crew.checkGoesOn();
      // Compared with a checksum, a search for zeroes costs little.
      if (end - start < BLOCK || !Zeroes.only(bytes, start, end)) {
        digest.update(buffer, start, end - start);
        System.arraycopy(digest.digest(), 0, checksums, at, checksumLength);
      }
    }
    return checksums;
  }

  /**
   * Returns the checksum of a part of a window.
   *
   * @param start the offset of the part on the disk
   * @param length in bytes, at most that of a block
   */
  byte[] ofPart(Window window, Window.Reader device, long start, int length) throws IOException {
    window.read(device, start, MemorySegment.ofArray(buffer).asSlice(0, length));
    digest.update(buffer, 0, length);
    return digest.digest();
  }
}
