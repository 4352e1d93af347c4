package io.diskformat.transfer;

import io.diskformat.CorruptImageException;
import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;

/**
 * Reads a manifest from its start to its end, and checks that it is whole once the last block's
 * checksum was read. Not thread-safe.
 */
final class ManifestReader implements Closeable {
  private static final int BUFFER = 64 << 10;

  private final String name;
  private final InputStream in;
  private final ManifestHeader header;
  private final OuterHash outer;
  private final byte[] zeroChecksum;
  private final byte[] lastZeroChecksum;
  private final int length;

  /** How many blocks no run has covered so far. */
  private long left;

  /** How many blocks of the current run were not read. */
  private long run;

  private boolean isData;
  private long position;

  /**
   * Begins to read.
   *
   * @param name of the file in messages
   * @param source is closed with this, and if this fails
   */
  ManifestReader(String name, InputStream source) throws IOException {
    this.name = name;
    this.in = new BufferedInputStream(source, BUFFER);
    boolean begun = false;
    try {
      this.header = ManifestHeader.of(name, firstLine());
      MessageDigest digest = header.algorithm().digest();
      this.zeroChecksum = BlockDigests.ofZeroes(digest, BlockDigests.BLOCK);
      this.length = zeroChecksum.length;
      int rest = (int) (header.size() % BlockDigests.BLOCK);
      this.lastZeroChecksum = rest == 0 ? zeroChecksum : BlockDigests.ofZeroes(digest, rest);
      this.outer = new OuterHash(digest);
      this.left = BlockDigests.blocks(header.size());
      if (left == 0) {
        checkEnd();
      }
      begun = true;
    } finally {
      if (!begun) {
        in.close();
      }
    }
  }

  private String firstLine() throws IOException {
    StringBuilder line = new StringBuilder();
    while (line.length() < ManifestHeader.MOST_BYTES) {
      int next = in.read();
      if (next < 0) {
        break;
      }
      line.append((char) next);
      if (next == '\n') {
        break;
      }
    }
    position = line.length();
    return new String(
        line.toString().getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
  }

  ManifestHeader header() {
    return header;
  }

  /** Returns the length of a checksum, in bytes. */
  int checksumLength() {
    return length;
  }

  /** Returns how many bytes were read so far. */
  long position() {
    return position;
  }

  /** Returns how many blocks' checksums were not read so far. */
  long blocksLeft() {
    return left + run;
  }

  /**
   * Returns the checksums of the blocks that come next, one after the other.
   *
   * @param count how many, at most those that are left
   * @throws CorruptImageException if the manifest is malformed or, with the last block, if it is
   *     not as it was written
   */
  byte[] next(int count) throws IOException {
    byte[] checksums = new byte[Math.multiplyExact(count, length)];
    if (count == 0) {
      return checksums;
    }
    for (int done = 0; done < count; ) {
      if (run == 0) {
        beginRun();
      }
      int here = (int) Math.min(run, count - done);
      if (isData) {
        readFully(checksums, done * length, here * length);
      } else {
        fillZeroes(checksums, done, here);
      }
      run -= here;
      done += here;
    }
    outer.add(checksums);
    if (blocksLeft() == 0) {
      checkEnd();
    }
    return checksums;
  }

  private void fillZeroes(byte[] checksums, int first, int count) {
    for (int i = 0; i < count; i++) {
      boolean isLast = left == 0 && i == run - 1;
      byte[] checksum = isLast ? lastZeroChecksum : zeroChecksum;
      System.arraycopy(checksum, 0, checksums, (first + i) * length, length);
    }
  }

  private void beginRun() throws IOException {
    long at = position;
    long number = number();
    run = number >>> 1;
    isData = (number & 1) != 0;
    if (run == 0 || run > left || (isData && run > ManifestWriter.MOST_DATA)) {
      throw corrupt(at, "a run of " + run + " blocks, and there are " + left);
    }
    left -= run;
  }

  private long number() throws IOException {
    long number = 0;
    for (int shift = 0; shift < Long.SIZE; shift += 7) {
      int next = in.read();
      if (next < 0) {
        throw corrupt(position, "it is cut short");
      }
      position++;
      number |= (next & 0x7FL) << shift;
      if (next < 0x80) {
        return number;
      }
    }
    throw corrupt(position, "a number is too long");
  }

  private void checkEnd() throws IOException {
    byte[] recorded = new byte[length];
    readFully(recorded, 0, length);
    if (in.read() >= 0) {
      throw corrupt(position, "something follows its end");
    }
    if (!Arrays.equals(recorded, outer.finish(header.size()))) {
      throw corrupt(-1, "its checksums do not fit its content hash: it was changed");
    }
  }

  private void readFully(byte[] target, int from, int count) throws IOException {
    int read = in.readNBytes(target, from, count);
    if (read < count) {
      throw corrupt(position + read, "it is cut short");
    }
    position += count;
  }

  private CorruptImageException corrupt(long at, String problem) {
    return new CorruptImageException(name, "manifest", at, problem);
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
