package io.diskformat.iso.build;

import io.diskformat.BlockDevice;
import io.diskformat.UnsupportedFeatureException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** Takes over the boot catalog of an image, of which {@link BootCatalog} has the drawing. */
final class FoundBoot {
  private static final int ENTRY = 32;
  private static final int GRUB_INFO = 2548;

  private final BlockDevice device;
  private final FoundFiles files;
  private final FoundPartitions partitions;
  private final List<BootEntry> entries = new ArrayList<>();

  /** The block of the first image for a BIOS, or 0. */
  private long bios;

  FoundBoot(BlockDevice device, FoundFiles files, FoundPartitions partitions) {
    this.device = device;
    this.files = files;
    this.partitions = partitions;
  }

  /**
   * Reads the catalog.
   *
   * @throws UnsupportedFeatureException if an image is no file and no partition of the image
   */
  void read(long block) throws IOException {
    ByteBuffer bytes = FoundVolume.read(device, block * DiscFields.BLOCK, DiscFields.BLOCK);
    int platform = Byte.toUnsignedInt(bytes.get(1));
    String id = text(bytes, 4);
    for (int at = ENTRY; at < bytes.limit(); at += ENTRY) {
      int kind = Byte.toUnsignedInt(bytes.get(at));
      boolean empty = kind == 0 && bytes.getInt(at + 8) == 0;
      if (empty) {
        return;
      }
      if (kind == 0x90 || kind == 0x91) {
        platform = Byte.toUnsignedInt(bytes.get(at + 1));
        id = text(bytes, at + 4);
      } else if (kind == 0x88 || kind == 0) {
        entries.add(entry(bytes, at, platform, id));
      }
    }
  }

  private static String text(ByteBuffer bytes, int at) {
    byte[] text = new byte[24];
    bytes.get(at, text);
    String all = new String(text, StandardCharsets.ISO_8859_1);
    int nul = all.indexOf('\0');
    return nul < 0 ? all : all.substring(0, nul);
  }

  private BootEntry entry(ByteBuffer bytes, int at, int platformNumber, String id)
      throws IOException {
    BootEntry.Platform platform = platform(platformNumber);
    long block = Integer.toUnsignedLong(bytes.getInt(at + 8));
    int media = bytes.get(at + 1) & 15;
    BootEntry.Emulation emulation =
        media == 0
            ? BootEntry.Emulation.NONE
            : media == 4 ? BootEntry.Emulation.HARD_DISK : BootEntry.Emulation.FLOPPY;
    if (platform == BootEntry.Platform.BIOS && bios == 0) {
      bios = block;
    }
    Optional<String> path = files.at(block);
    BootEntry entry =
        BootEntry.bios(path.orElse("partition"))
            .platform(platform)
            .emulation(emulation)
            .bootable(bytes.get(at) != 0)
            .loadSegment(Short.toUnsignedInt(bytes.getShort(at + 2)))
            .loadSectors(OptionalInt.of(Short.toUnsignedInt(bytes.getShort(at + 6))))
            .id(id);
    if (path.isPresent()) {
      return entry.infoTable(hasInfoTable(block)).grubInfo(hasGrubInfo(block));
    }
    return entry.ofPartition(
        partitions
            .appendedAt(block)
            .orElseThrow(() ->
                new UnsupportedFeatureException(
                    device.toString(),
                    "remastering a boot image that is no file, at block " + block)));
  }

  private BootEntry.Platform platform(int number) throws UnsupportedFeatureException {
    for (BootEntry.Platform platform : BootEntry.Platform.values()) {
      if (platform.number() == number) {
        return platform;
      }
    }
    throw new UnsupportedFeatureException(
        device.toString(), "remastering a boot image for platform " + number);
  }

  private boolean hasInfoTable(long block) throws IOException {
    ByteBuffer bytes = beginning(block);
    return Integer.toUnsignedLong(bytes.getInt(12)) == block
        && bytes.getInt(8) == VolumeDescriptorSet.FIRST;
  }

  private boolean hasGrubInfo(long block) throws IOException {
    return beginning(block).getLong(GRUB_INFO) == block * 4 + 5;
  }

  private ByteBuffer beginning(long block) throws IOException {
    long position = block * DiscFields.BLOCK;
    int length = 2 * DiscFields.BLOCK;
    return position + length > device.size()
        ? DiscFields.buffer(length)
        : FoundVolume.read(device, position, length);
  }

  List<BootEntry> entries() {
    return entries;
  }

  /** Returns the block of the first image for a BIOS, or 0. */
  long bios() {
    return bios;
  }
}
