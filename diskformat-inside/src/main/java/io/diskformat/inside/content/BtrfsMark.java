package io.diskformat.inside.content;

import io.diskformat.filesystem.DeviceBytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.zip.CRC32C;

/**
 * The superblock of Btrfs, 4 KiB at 64 KiB. Numbers have their lowest byte first.
 *
 * <pre>
 *  0  checksum of what comes after 20   70  size in all, 64 bits
 * 20  UUID                              78  used, 64 bits
 * 30  where this is, 64 bits            C4  kind of checksum, 16 bits; 0: CRC-32C, 2: SHA-256
 * 40  "_BHRfS_M"                       12B  label, 256 bytes
 * </pre>
 */
final class BtrfsMark implements Mark {
  private static final long POSITION = 0x10000;
  private static final int SIZE = 4096;
  private static final int SUMMED_FROM = 0x20;
  private static final int CRC32C_KIND = 0;
  private static final int SHA256_KIND = 2;

  @Override
  public Optional<Content> find(DeviceBytes volume) throws IOException {
    if (volume.size() < POSITION + SIZE) {
      return Optional.empty();
    }
    ByteBuffer bytes = volume.read(POSITION, SIZE, "superblock of Btrfs");
    if (!Texts.untilZero(bytes, 0x40, 8).equals("_BHRfS_M")
        || bytes.getLong(0x30) != POSITION
        || !hasChecksum(bytes)) {
      return Optional.empty();
    }
    return Optional.of(
        new Content(
            "btrfs",
            Texts.untilZero(bytes, 0x12B, 256),
            Texts.uuid(bytes, 0x20),
            OptionalLong.of(Math.max(bytes.getLong(0x70), 0)),
            OptionalLong.of(Math.max(bytes.getLong(0x78), 0))));
  }

  /** Of the other two kinds, nothing is checked. */
  private static boolean hasChecksum(ByteBuffer bytes) {
    int length = SIZE - SUMMED_FROM;
    switch (bytes.getShort(0xC4)) {
      case CRC32C_KIND -> {
        CRC32C sum = new CRC32C();
        sum.update(DeviceBytes.bytesOf(bytes), SUMMED_FROM, length);
        return (int) sum.getValue() == bytes.getInt(0);
      }
      case SHA256_KIND -> {
        try {
          MessageDigest digest = MessageDigest.getInstance("SHA-256");
          digest.update(DeviceBytes.bytesOf(bytes), SUMMED_FROM, length);
          return Arrays.equals(digest.digest(), 0, 32, DeviceBytes.bytesOf(bytes), 0, 32);
        } catch (NoSuchAlgorithmException e) {
          throw new AssertionError("every JDK has it", e);
        }
      }
      default -> {
        return bytes.getShort(0xC4) == 1 || bytes.getShort(0xC4) == 3;
      }
    }
  }
}
