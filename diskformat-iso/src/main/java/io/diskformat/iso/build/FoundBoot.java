package io.diskformat.iso.build;

import io.diskformat.BlockDevice;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.iso.disc.BootCatalogEntry;
import io.diskformat.iso.disc.BootInfoTable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** Takes over the boot catalog of an image ({@link BootCatalogEntry}). */
final class FoundBoot {
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
    for (BootCatalogEntry found : BootCatalogEntry.read(bytes)) {
      entries.add(entry(found));
    }
  }

  private BootEntry entry(BootCatalogEntry found) throws IOException {
    BootEntry.Platform platform = platform(found.platform());
    long block = found.block();
    int media = found.medium() & 15;
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
            .bootable(found.bootable())
            .loadSegment(found.segment())
            .loadSectors(OptionalInt.of(found.sectors()))
            .id(found.id());
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
    BootInfoTable table = BootInfoTable.read(beginning(block));
    return table.block() == block && table.descriptor() == VolumeDescriptorSet.FIRST;
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
