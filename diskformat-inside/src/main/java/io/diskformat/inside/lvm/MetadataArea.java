package io.diskformat.inside.lvm;

import io.diskformat.CorruptImageException;
import io.diskformat.filesystem.DeviceBytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * An area of a physical volume with descriptions of its group, the last one and older ones: a
 * sector of 512 bytes, and a ring that text is written to. Numbers have their lowest byte first.
 *
 * <pre>
 *  0  checksum from 4 on                 28  of the text: where it is in this area, 64 bits,
 *  4  20 4C 56 4D 32 20 78 5B 35 41 25       its size, 64 bits, its checksum, and flags, 32 bits
 *     72 30 4E 2A 3E                         each; 1: not used
 * 14  version 1, 32 bits
 * 18  position of this area, 64 bits
 * 20  size of this area, 64 bits
 * </pre>
 */
final class MetadataArea {
  private static final String NAME = "metadata of LVM";
  private static final String MARK = " LVM2 x[5A%r0N*>";
  private static final int HEADER = 512;
  private static final int UNUSED = 1;

  /** The longest text: longer than for a group of thousands of volumes. */
  private static final long MOST_TEXT = 8 << 20;

  private MetadataArea() {}

  /**
   * Returns the text of an area, or empty if it has none.
   *
   * @throws CorruptImageException if it makes no sense
   */
  static Optional<String> text(DeviceBytes volume, PhysicalVolumeLabel.Area area)
      throws IOException {
    ByteBuffer header = volume.read(area.position(), HEADER, NAME);
    byte[] bytes = DeviceBytes.bytesOf(header);
    if (header.getInt(0) != LvmChecksum.of(bytes, 4, HEADER - 4)
        || !new String(bytes, 4, MARK.length(), StandardCharsets.ISO_8859_1).equals(MARK)
        || header.getInt(0x14) != 1
        || header.getLong(0x18) != area.position()) {
      throw volume.corrupt(NAME, area.position(), "has no valid header");
    }
    long size = header.getLong(0x20);
    long offset = header.getLong(0x28);
    long length = header.getLong(0x30);
    if (offset == 0 || (header.getInt(0x3C) & UNUSED) != 0) {
      return Optional.empty();
    }
    if (size < HEADER
        || offset < HEADER
        || offset >= size
        || length < 1
        || length > Math.min(size - HEADER, MOST_TEXT)) {
      throw volume.corrupt(
          NAME,
          area.position(),
          "has a text of %d bytes at %d, in an area of %d".formatted(length, offset, size));
    }
    volume.check(area.position(), size, NAME);
    byte[] text = new byte[(int) length];
    int first = (int) Math.min(length, size - offset);
    volume.device().read(area.position() + offset, ByteBuffer.wrap(text, 0, first));
    if (first < length) {
      // It goes on behind the header.
      volume
          .device()
          .read(area.position() + HEADER, ByteBuffer.wrap(text, first, text.length - first));
    }
    if (LvmChecksum.of(text, 0, text.length) != header.getInt(0x38)) {
      throw volume.corrupt(NAME, area.position() + offset, "has a wrong checksum");
    }
    int end = text.length;
    while (end > 0 && text[end - 1] == 0) {
      end--;
    }
    return Optional.of(new String(text, 0, end, StandardCharsets.UTF_8));
  }
}
