package io.diskformat.transfer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.security.MessageDigest;
import java.util.Arrays;

/** Writes a manifest as {@link Manifest} describes it, from the checksums in their order. */
final class ManifestWriter {
  /** How many blocks a run of data has at most: a reader keeps it in memory. */
  static final int MOST_DATA = 1024;

  private final WritableByteChannel target;
  private final ManifestHeader header;
  private final byte[] zeroChecksum;

  /** The checksum of the last block, if that is shorter and reads as zeroes. */
  private final byte[] lastZeroChecksum;

  private final int length;
  private final long blocks;
  private final byte[] data;
  private int dataBlocks;
  private long zeroBlocks;
  private long written;

  /** Begins to write. */
  ManifestWriter(WritableByteChannel target, ManifestHeader header) throws IOException {
    this.target = target;
    this.header = header;
    MessageDigest digest = header.algorithm().digest();
    this.zeroChecksum = BlockDigests.ofZeroes(digest, BlockDigests.BLOCK);
    this.length = zeroChecksum.length;
    int rest = (int) (header.size() % BlockDigests.BLOCK);
    this.lastZeroChecksum = rest == 0 ? zeroChecksum : BlockDigests.ofZeroes(digest, rest);
    this.blocks = BlockDigests.blocks(header.size());
    this.data = new byte[MOST_DATA * length];
    write(ByteBuffer.wrap(header.encoded()));
  }

  /** Adds the checksums of the blocks that come next. */
  void add(byte[] checksums) throws IOException {
    for (int at = 0; at < checksums.length; at += length) {
      byte[] zero = written + dataBlocks + zeroBlocks == blocks - 1 ? lastZeroChecksum : zeroChecksum;
      if (Arrays.equals(checksums, at, at + length, zero, 0, length)) {
        endData();
        zeroBlocks++;
      } else {
        endZeroes();
        System.arraycopy(checksums, at, data, dataBlocks * length, length);
        dataBlocks++;
        if (dataBlocks == MOST_DATA) {
          endData();
        }
      }
    }
  }

  /** Ends the manifest with the content hash. */
  void finish(byte[] contentHash) throws IOException {
    endData();
    endZeroes();
    if (written != blocks) {
      throw new IllegalStateException(written + " of " + blocks + " blocks of " + header);
    }
    write(ByteBuffer.wrap(contentHash));
  }

  private void endData() throws IOException {
    if (dataBlocks > 0) {
      writeNumber((long) dataBlocks << 1 | 1);
      write(ByteBuffer.wrap(data, 0, dataBlocks * length));
      written += dataBlocks;
      dataBlocks = 0;
    }
  }

  private void endZeroes() throws IOException {
    if (zeroBlocks > 0) {
      writeNumber(zeroBlocks << 1);
      written += zeroBlocks;
      zeroBlocks = 0;
    }
  }

  private void writeNumber(long number) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(10);
    long rest = number;
    while (rest > 0x7F) {
      bytes.put((byte) (rest | 0x80));
      rest >>>= 7;
    }
    write(bytes.put((byte) rest).flip());
  }

  private void write(ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      int _ = target.write(bytes);
    }
  }
}
