package io.diskformat.iso.build;

import io.diskformat.BlockDevice;
import io.diskformat.CorruptImageException;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.spi.TextField;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.Optional;

/**
 * What the descriptors of an image say, of which {@link VolumeDescriptorSet} has the drawing.
 *
 * @param primary the sector of the primary one
 * @param joliet whether there is one for Windows
 * @param enhanced whether there is one of ISO 9660:1999
 * @param catalog the block of the boot catalog, or 0
 * @param udf whether the disc has a tree of UDF besides
 */
record FoundVolume(
    ByteBuffer primary, boolean joliet, boolean enhanced, long catalog, boolean udf) {
  private static final int MOST = 100;

  /**
   * Reads them.
   *
   * @throws UnsupportedFeatureException if there is no primary one, as on a disc of UDF alone
   */
  static FoundVolume read(BlockDevice device) throws IOException {
    ByteBuffer primary = DiscFields.buffer(DiscFields.BLOCK);
    boolean found = false;
    boolean joliet = false;
    boolean enhanced = false;
    boolean udf = false;
    long catalog = 0;
    for (int i = 0; i < MOST; i++) {
      long position = (long) (VolumeDescriptorSet.FIRST + i) * DiscFields.BLOCK;
      if (position + DiscFields.BLOCK > device.size()) {
        break;
      }
      ByteBuffer bytes = read(device, position, DiscFields.BLOCK);
      int type = Byte.toUnsignedInt(bytes.get(0));
      udf |= has(bytes, 1, "NSR0");
      boolean other = has(bytes, 1, "BEA01") || has(bytes, 1, "NSR0") || type == 255;
      if (!other && !has(bytes, 1, "CD001")) {
        break;
      }
      if (other) {
        continue;
      }
      if (type == 1 && !found) {
        primary = bytes;
        found = true;
      } else if (type == 2 && has(bytes, 88, "%/")) {
        joliet = true;
      } else if (type == 2) {
        enhanced |= bytes.get(6) == 2;
      } else if (type == 0 && has(bytes, 7, "EL TORITO SPECIFICATION")) {
        catalog = Integer.toUnsignedLong(bytes.getInt(71));
      }
    }
    if (!found) {
      throw new UnsupportedFeatureException(
          device.toString(), "remastering a disc without a tree of ISO 9660");
    }
    return new FoundVolume(primary, joliet, enhanced, catalog, udf);
  }

  /**
   * Reads bytes of a device; numbers have their lowest byte first.
   *
   * @throws CorruptImageException if they are not all there
   */
  static ByteBuffer read(BlockDevice device, long position, int length) throws IOException {
    if (position > device.size() - length) {
      throw new CorruptImageException(
          device.toString(), "what is booted", position, "lies beyond the end of the disc");
    }
    byte[] bytes = new byte[length];
    device.read(position, bytes);
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  static boolean has(ByteBuffer bytes, int at, String text) {
    for (int i = 0; i < text.length(); i++) {
      if (bytes.get(at + i) != text.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  private String text(int at, int length) {
    return TextField.read(primary, at, length, StandardCharsets.ISO_8859_1).stripTrailing();
  }

  DiscIdentifiers identifiers() {
    return new DiscIdentifiers(
        text(40, 32),
        text(8, 32),
        text(190, 128),
        text(318, 128),
        text(446, 128),
        text(574, 128),
        text(702, 37),
        text(739, 37),
        text(776, 37));
  }

  /** Returns whether an MD5 sum is implanted. */
  boolean hasMd5() {
    return has(primary, VolumeDescriptorSet.APPLICATION_USE, "ISO MD5SUM = ");
  }

  /** Returns when the volume was created, if that is recorded. */
  Optional<Instant> created() {
    String digits = text(813, 16);
    if (!digits.matches("\\d{16}") || digits.startsWith("0000")) {
      return Optional.empty();
    }
    int zone = Math.clamp(primary.get(829), -14 * 4, 14 * 4);
    try {
      return Optional.of(
          LocalDateTime.of(
                  Integer.parseInt(digits, 0, 4, 10),
                  Integer.parseInt(digits, 4, 6, 10),
                  Integer.parseInt(digits, 6, 8, 10),
                  Integer.parseInt(digits, 8, 10, 10),
                  Integer.parseInt(digits, 10, 12, 10),
                  Integer.parseInt(digits, 12, 14, 10),
                  Integer.parseInt(digits, 14, 16, 10) * 10_000_000)
              .toInstant(ZoneOffset.ofTotalSeconds(zone * 15 * 60)));
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }
}
