package io.diskformat.spi;

import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * The marks of formats that may not be installed. An image that bears one is refused by name when
 * its format is probed: read as a raw disk, it would be misread.
 */
final class ForeignMarks {
  private ForeignMarks() {}

  /** A mark: bytes at a place, told as Latin-1. */
  private record Mark(String format, int offset, String bytes) {
    boolean isOn(byte[] head) {
      byte[] wanted = bytes.getBytes(StandardCharsets.ISO_8859_1);
      if (head.length < offset + wanted.length) {
        return false;
      }
      for (int i = 0; i < wanted.length; i++) {
        if (head[offset + i] != wanted[i]) {
          return false;
        }
      }
      return true;
    }
  }

  private static final Mark[] MARKS = {
    new Mark("qcow2", 0, "QFI\u00fb"),
    new Mark("vmdk", 0, "KDMV"),
    new Mark("vmdk", 0, "COWD"),
    new Mark("vmdk", 0, "# Disk DescriptorFile"),
    new Mark("vdi", 0x40, "\u007f\u0010\u00da\u00be"),
    new Mark("vpc", 0, "conectix"),
    new Mark("vhdx", 0, "vhdxfile"),
    new Mark("qed", 0, "QED\0"),
    new Mark("parallels", 0, "WithoutFreeSpace"),
    new Mark("parallels", 0, "WithouFreSpacExt"),
  };

  /** Returns the name, as qemu-img spells it, of the format whose mark an image bears. */
  static Optional<String> on(byte[] head) {
    for (Mark mark : MARKS) {
      if (mark.isOn(head)) {
        return Optional.of(mark.format());
      }
    }
    return Optional.empty();
  }
}
