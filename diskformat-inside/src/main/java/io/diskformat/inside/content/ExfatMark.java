package io.diskformat.inside.content;

import io.diskformat.filesystem.DeviceBytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The first sector of exFAT, and eleven more that are summed up in the twelfth. Numbers have their
 * lowest byte first.
 *
 * <pre>
 *  0  EB 76 90 "EXFAT   ", then 53 zeroes   60  first cluster of the root, 32 bits
 * 48  sectors, 64 bits                      64  serial number, 32 bits
 * 58  first sector of the clusters, 32 bits  6C  logarithm of a sector's size; then of a cluster's
 * 70  percentage in use                         sectors
 * </pre>
 */
final class ExfatMark implements Mark {
  private static final int SECTORS = 12;
  private static final int LABEL = 0x83;
  private static final int ENTRY = 32;
  private static final int MOST_OF_ROOT = 64 << 10;

  @Override
  public Optional<Content> find(DeviceBytes volume) throws IOException {
    if (volume.size() < 512) {
      return Optional.empty();
    }
    ByteBuffer bytes = volume.read(0, 512, "first sector of exFAT");
    int shift = bytes.get(0x6C);
    int more = bytes.get(0x6D);
    boolean marked = Texts.untilZero(bytes, 3, 8).equals("EXFAT   ") && bytes.get(11) == 0;
    if (!marked || shift < 9 || shift > 12 || more < 0 || more > 25 - shift) {
      return Optional.empty();
    }
    long sectors = bytes.getLong(0x48);
    if (sectors <= 0 || sectors > Long.MAX_VALUE >>> shift || !hasChecksum(volume, 1 << shift)) {
      return Optional.empty();
    }
    int percent = Byte.toUnsignedInt(bytes.get(0x70));
    long size = sectors << shift;
    return Optional.of(
        new Content(
            "exfat",
            label(volume, bytes, shift, more),
            Texts.serial(bytes.getInt(0x64)),
            OptionalLong.of(size),
            percent <= 100 ? OptionalLong.of(size / 100 * percent) : OptionalLong.empty()));
  }

  /** Leaves out what changes while it is mounted. */
  private static boolean hasChecksum(DeviceBytes volume, int sector) throws IOException {
    if (volume.size() < (long) SECTORS * sector) {
      return false;
    }
    ByteBuffer bytes = volume.read(0, SECTORS * sector, "first sectors of exFAT");
    int end = (SECTORS - 1) * sector;
    int sum = 0;
    for (int at = 0; at < end; at++) {
      if (at != 106 && at != 107 && at != 112) {
        sum = Integer.rotateRight(sum, 1) + Byte.toUnsignedInt(bytes.get(at));
      }
    }
    return sum == bytes.getInt(end);
  }

  /** Looks for the label in the first cluster of the root, where it is as a rule. */
  private static String label(DeviceBytes volume, ByteBuffer bytes, int shift, int more)
      throws IOException {
    long cluster = Integer.toUnsignedLong(bytes.getInt(0x60)) - 2;
    long clusters = Integer.toUnsignedLong(bytes.getInt(0x58)) << shift;
    long position = clusters + (cluster << (shift + more));
    int length = Math.min(1 << (shift + more), MOST_OF_ROOT);
    if (cluster < 0 || position > volume.size() - length) {
      return "";
    }
    ByteBuffer root = volume.read(position, length, "root of exFAT");
    for (int at = 0; at < length && root.get(at) != 0; at += ENTRY) {
      if (Byte.toUnsignedInt(root.get(at)) == LABEL) {
        return Texts.utf16(root, at + 2, Math.clamp(root.get(at + 1), 0, 11));
      }
    }
    return "";
  }
}
