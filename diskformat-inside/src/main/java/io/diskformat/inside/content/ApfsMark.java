package io.diskformat.inside.content;

import io.diskformat.filesystem.DeviceBytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The superblock of an APFS container. Numbers have their lowest byte first.
 *
 * <pre>
 *  0  checksum of a block, 64 bits     24  size of a block, 32 bits
 * 20  "NXSB"                           28  blocks, 64 bits
 *                                      48  UUID
 * </pre>
 */
final class ApfsMark implements Mark {
  private static final int SIZE = 4096;
  private static final long MODULUS = 0xFFFF_FFFFL;

  @Override
  public Optional<Content> find(DeviceBytes volume) throws IOException {
    if (volume.size() < SIZE) {
      return Optional.empty();
    }
    ByteBuffer bytes = volume.read(0, SIZE, "superblock of APFS");
    int blockSize = bytes.getInt(0x24);
    long blocks = bytes.getLong(0x28);
    if (!Texts.untilZero(bytes, 0x20, 4).equals("NXSB")
        || blockSize != SIZE
        || blocks <= 0
        || blocks > Long.MAX_VALUE / SIZE
        || checksum(bytes) != bytes.getLong(0)) {
      return Optional.empty();
    }
    return Optional.of(
        new Content(
            "apfs",
            "",
            Texts.uuid(bytes, 0x48).toLowerCase(Locale.ROOT),
            OptionalLong.of(blocks * blockSize),
            OptionalLong.empty()));
  }

  /** Fletcher's, of 32-bit words. */
  private static long checksum(ByteBuffer bytes) {
    long low = 0;
    long high = 0;
    for (int at = Long.BYTES; at < SIZE; at += Integer.BYTES) {
      low = (low + Integer.toUnsignedLong(bytes.getInt(at))) % MODULUS;
      high = (high + low) % MODULUS;
    }
    long first = MODULUS - (low + high) % MODULUS;
    long second = MODULUS - (low + first) % MODULUS;
    return second << Integer.SIZE | first;
  }
}
