package io.diskformat.transfer;

import io.diskformat.BlockDevice;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.security.MessageDigest;
import java.util.Arrays;

/** Computes the checksums of the blocks of one window at a time. Each worker has its own. */
final class HashStep implements Crew.Step {
  /** The length of a block, in bytes: the checksum of a disk depends on it. */
  private static final int BLOCK = 64 << 10;

  private final BlockDevice device;
  private final WindowQueue windows;
  private final OuterHash outer;
  private final Progress progress;
  private final MessageDigest digest;
  private final int checksumLength;

  /** On the heap, where the JDK's algorithms are fastest. */
  private final byte[] buffer = new byte[WindowCursor.UNIT];

  /** The checksums of the blocks of the longest window of zeroes. */
  private final byte[] zeroChecksums;

  HashStep(
      BlockDevice device,
      WindowQueue windows,
      BlockAlgorithm algorithm,
      OuterHash outer,
      Progress progress) {
    this.device = device;
    this.windows = windows;
    this.outer = outer;
    this.progress = progress;
    this.digest = algorithm.digest();
    byte[] zeroChecksum = digest.digest(new byte[BLOCK]);
    this.checksumLength = zeroChecksum.length;
    this.zeroChecksums = new byte[(int) (WindowCursor.ZEROES / BLOCK) * checksumLength];
    for (int at = 0; at < zeroChecksums.length; at += checksumLength) {
      System.arraycopy(zeroChecksum, 0, zeroChecksums, at, checksumLength);
    }
  }

  @Override
  public boolean run() throws IOException {
    boolean handedIn = false;
    outer.takePlace();
    try {
      Window window = windows.next();
      if (window != null) {
        outer.add(window, window.isZero() ? checksumsOfZeroes(window) : checksums(window));
        handedIn = true;
        progress.add(window.length());
      }
    } finally {
      if (!handedIn) {
        outer.end();
      }
    }
    return handedIn;
  }

  private byte[] checksumsOfZeroes(Window window) {
    int whole = (int) (window.length() / BLOCK) * checksumLength;
    int rest = (int) (window.length() % BLOCK);
    if (rest == 0) {
      return whole == zeroChecksums.length ? zeroChecksums : Arrays.copyOf(zeroChecksums, whole);
    }
    byte[] checksums = Arrays.copyOf(zeroChecksums, whole + checksumLength);
    System.arraycopy(digest.digest(new byte[rest]), 0, checksums, whole, checksumLength);
    return checksums;
  }

  private byte[] checksums(Window window) throws IOException {
    MemorySegment bytes = MemorySegment.ofArray(buffer);
    int length = (int) window.length();
    window.read(device::read, window.offset(), bytes.asSlice(0, length));
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
