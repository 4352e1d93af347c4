package io.diskformat.transfer;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.security.MessageDigest;

/** Computes the checksum of the blocks' checksums, which come in the order of the disk. */
final class OuterHash {
  private static final ValueLayout.OfLong LITTLE_ENDIAN_LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final MessageDigest digest;

  OuterHash(MessageDigest digest) {
    this.digest = digest;
  }

  /** Adds the checksums of the blocks that come next, one after the other. */
  void add(byte[] checksums) {
    digest.update(checksums);
  }

  /** Returns the checksum of the disk; called once, when all blocks were added. */
  byte[] finish(long size) {
    byte[] length = new byte[Long.BYTES];
    MemorySegment.ofArray(length).set(LITTLE_ENDIAN_LONG, 0, size);
    return digest.digest(length);
  }
}
