package io.diskformat.inside.content;

import io.diskformat.filesystem.DeviceBytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The primary volume descriptor of ISO 9660, at 32 KiB.
 *
 * <pre>
 *  1  "CD001"                       32D  when it was made, 16 digits and a byte
 * 28  label, 32 bytes               33E  when it was modified, likewise
 * 50  blocks, 32 bits; at 80 the size of one, 16 bits
 * </pre>
 */
final class IsoMark implements Mark {
  private static final long POSITION = 0x8000;
  private static final int SIZE = 2048;

  @Override
  public Optional<Content> find(DeviceBytes volume) throws IOException {
    if (volume.size() < POSITION + SIZE) {
      return Optional.empty();
    }
    ByteBuffer bytes = volume.read(POSITION, SIZE, "volume descriptor");
    if (bytes.get(0) != 1 || !Texts.untilZero(bytes, 1, 5).equals("CD001")) {
      return Optional.empty();
    }
    long blocks = Integer.toUnsignedLong(bytes.getInt(0x50));
    OptionalLong size = OptionalLong.of(blocks * Short.toUnsignedInt(bytes.getShort(0x80)));
    String modified = date(bytes, 0x33E);
    return Optional.of(
        new Content(
            "iso9660",
            Texts.untilZero(bytes, 0x28, 32).stripTrailing(),
            modified.isEmpty() ? date(bytes, 0x32D) : modified,
            size,
            size));
  }

  /** Returns a date with hyphens, as libblkid makes a UUID of it; or nothing if there is none. */
  private static String date(ByteBuffer bytes, int at) {
    String digits = Texts.untilZero(bytes, at, 16);
    if (digits.length() < 16
        || !digits.chars().allMatch(c -> c >= '0' && c <= '9')
        || digits.chars().allMatch(c -> c == '0')) {
      return "";
    }
    return String.join(
        "-",
        digits.substring(0, 4),
        digits.substring(4, 6),
        digits.substring(6, 8),
        digits.substring(8, 10),
        digits.substring(10, 12),
        digits.substring(12, 14),
        digits.substring(14));
  }

  @Override
  public boolean isTolerant() {
    return true;
  }
}
