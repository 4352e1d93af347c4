package io.diskformat.opening;

import io.diskformat.spi.Probe;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * The marks of formats that may not be installed: those by which QEMU, libblkid and the image
 * inspector of OpenStack recognize disk images and what disk images are packed in. File systems,
 * volumes and partition tables are not among them, because raw disks hold these; except for ISO
 * 9660 and UDF, which are image formats as well.
 */
public final class ForeignMarks {
  /** The name of UDF. */
  static final String UDF = "udf";

  private ForeignMarks() {}

  /**
   * A mark: bytes at a position.
   *
   * @param format the format's name, as qemu-img spells it if it knows the format
   * @param position from the start of the image, in bytes; if negative, from its end
   * @param bytes the bytes as Latin-1 characters
   */
  public record Mark(String format, long position, String bytes) {
    /** Returns whether it is that of UDF, which what reads ISO images reads, too. */
    public boolean isUdf() {
      return format.equals(UDF);
    }

    boolean isOn(Probe probe) throws IOException {
      return probe.hasAt(position < 0 ? probe.size() + position : position, bytes);
    }
  }

  private static final List<Mark> IN_FIRST_SECTOR =
      List.of(
          // Disk images
          new Mark("qcow", 0, "QFI\u00fb\0\0\0\1"),
          new Mark("vmdk", 0, "KDMV"),
          new Mark("vmdk", 0, "COWD"),
          new Mark("vmdk", 0, "\u00be\u00ba\u00fe\u00ca\0\0\0\0"),
          new Mark("vdi", 0x40, "\177\20\u00da\u00be"),
          new Mark("vpc", 0, "conectix"),
          new Mark("vhdx", 0, "vhdxfile"),
          new Mark("qed", 0, "QED\0"),
          new Mark("cow", 0, "OOOM\0\0\0"),
          new Mark("parallels", 0, "WithoutFreeSpace"),
          new Mark("parallels", 0, "WithouFreSpacExt"),
          new Mark("bochs", 0, "Bochs Virtual HD Image\0"),
          new Mark("cloop", 0, "#!/bin/sh\n#V"),
          new Mark("dmg", 0, "encrcdsa"),
          new Mark("sparseimage", 0, "sprs\0\0\0\3"),
          new Mark("android-sparse", 0, ":\u00ff&\u00ed\1\0"),
          // Encrypted disks
          new Mark("luks", 0, "LUKS\u00ba\u00be"),
          new Mark("bitlocker", 3, "-FVE-FS-"),
          // What forensic tools, backups and cloning make
          new Mark("ewf", 0, "EVF\t\r\n\u00ff\0"),
          new Mark("ewf", 0, "LVF\t\r\n\u00ff\0"),
          new Mark("ewf", 0, "EVF2\r\n\u0081\0"),
          new Mark("ewf", 0, "LEF2\r\n\u0081\0"),
          new Mark("aff", 0, "AFF10\r\n\0"),
          new Mark("ad1", 0, "ADSEGMENTEDFILE\0"),
          new Mark("vma", 0, "VMA\0"),
          new Mark("wim", 0, "MSWIM\0\0\0"),
          new Mark("partclone", 0, "partclone-image"),
          new Mark("partimage", 0, "PaRtImAgE-VoLuMe"),
          new Mark("ntfsclone", 0, "\0ntfsclone-image"),
          new Mark("rbd-diff", 0, "rbd diff v"),
          new Mark("rbd-image", 0, "rbd image v"),
          new Mark("zfs-send", 8, "\u00ac\u00cb\u00ba\u00f5\2\0\0\0"),
          new Mark("zfs-send", 8, "\0\0\0\2\u00f5\u00ba\u00cb\u00ac"),
          new Mark("btrfs-send", 0, "btrfs-stream\0"),
          // What an image is packed in
          new Mark("gzip", 0, "\37\u008b\b"),
          new Mark("xz", 0, "\u00fd7zXZ\0"),
          new Mark("zstd", 0, "(\u00b5/\u00fd"),
          new Mark("lz4", 0, "\4\"M\30"),
          new Mark("lzop", 0, "\u0089LZO\0\r\n\32\n"),
          new Mark("7z", 0, "7z\u00bc\u00af'\34"),
          new Mark("zip", 0, "PK\3\4"),
          new Mark("rar", 0, "Rar!\32\7"),
          new Mark("tar", 257, "ustar\0"),
          new Mark("tar", 257, "ustar  \0"));

  private static final List<Mark> ELSEWHERE =
      List.of(
          // A disk of fixed size has no other mark; an old tool wrote a footer of 511 bytes.
          new Mark("vpc", -512, "conectix"),
          new Mark("vpc", -511, "conectix"),
          new Mark("dmg", -512, "koly\0\0\0\4\0\0\2\0"),
          new Mark("dmg", -8, "cdsaencr"),
          new Mark("iso", 0x8001, "CD001"),
          new Mark("iso", 0x8009, "CDROM"),
          new Mark(UDF, 0x8001, "BEA01"));

  /**
   * The first possible position of the second header of LUKS 2, in bytes; the others are its
   * doubles.
   */
  private static final long FIRST_SECOND_LUKS = 16 << 10;

  /** The last possible position of the second header of LUKS 2, in bytes. */
  private static final long LAST_SECOND_LUKS = 4 << 20;

  /** Returns the marks that are bytes at a position, wherever they are. */
  public static List<Mark> all() {
    return Stream.concat(IN_FIRST_SECTOR.stream(), ELSEWHERE.stream()).toList();
  }

  /** Returns the formats of which an image bears a mark in its first sector. */
  static Set<String> inFirstSector(Probe probe) throws IOException {
    Set<String> formats = on(probe, IN_FIRST_SECTOR);
    if (!formats.contains("qcow") && probe.hasAt(0, "QFI\u00fb")) {
      formats.add("qcow2");
    }
    if (isBzip2(probe)) {
      formats.add("bzip2");
    }
    if (isVmdkDescriptor(probe)) {
      formats.add("vmdk");
    }
    return formats;
  }

  /** Returns the formats of which an image bears a mark further on, or at its end. */
  static Set<String> elsewhere(Probe probe) throws IOException {
    Set<String> formats = on(probe, ELSEWHERE);
    if (hasSecondLuksHeader(probe)) {
      formats.add("luks");
    }
    return formats;
  }

  private static Set<String> on(Probe probe, List<Mark> marks) throws IOException {
    Set<String> formats = new TreeSet<>();
    for (Mark mark : marks) {
      if (mark.isOn(probe)) {
        formats.add(mark.format());
      }
    }
    return formats;
  }

  private static boolean isBzip2(Probe probe) throws IOException {
    return probe.hasAt(0, "BZh") && probe.hasAt(4, "1AY&SY");
  }

  /** The rule is QEMU's: {@code version=} after comments and empty lines. */
  private static boolean isVmdkDescriptor(Probe probe) throws IOException {
    String head = new String(probe.bytes(0, 512), StandardCharsets.ISO_8859_1);
    if (head.toLowerCase(Locale.ROOT).startsWith("# disk descriptorfile")) {
      return true;
    }
    for (String line : head.split("\n", -1)) {
      if (!line.isBlank() && !line.startsWith("#")) {
        return line.strip().matches("version=[1-9]");
      }
    }
    return false;
  }

  /**
   * The header records its own position, which differs where it belongs to a partition of the disk.
   */
  private static boolean hasSecondLuksHeader(Probe probe) throws IOException {
    for (long at = FIRST_SECOND_LUKS; at <= LAST_SECOND_LUKS; at *= 2) {
      if (probe.hasAt(at, "SKUL\u00ba\u00be")
          && probe.hasAt(at + 256, ByteBuffer.allocate(Long.BYTES).putLong(at).array())) {
        return true;
      }
    }
    return false;
  }
}
