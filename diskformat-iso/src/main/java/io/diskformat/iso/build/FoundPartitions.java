package io.diskformat.iso.build;

import io.diskformat.BlockDevice;
import io.diskformat.spi.Uuids;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * Takes over the boot code and the partition tables of an image, of which {@link BootRecord} and
 * {@link GuidTable} have the drawings. What begins behind all files is an appended partition; what
 * begins ahead of them is the disc itself, one of its files, or a gap, and is made anew.
 */
final class FoundPartitions {
  private static final int SECTORS = DiscFields.BLOCK / GuidTable.SECTOR;
  private static final int MBR = 446;
  private static final int MBR_ENTRY = 16;
  private static final int PROTECTIVE = 0xee;
  private static final int MOST_ENTRIES = 1024;

  private final BlockDevice device;
  private final ByteBuffer area;
  private final List<AppendedPartition> appended = new ArrayList<>();
  private final List<Long> blocks = new ArrayList<>();
  private final List<String> lost = new ArrayList<>();
  private final boolean guidTable;
  private int discType;
  private Optional<UUID> diskId = Optional.empty();

  /**
   * Reads them.
   *
   * @param filesEnd where the last content of a file ends, in bytes
   */
  FoundPartitions(BlockDevice device, long filesEnd) throws IOException {
    this.device = device;
    this.area = FoundVolume.read(device, 0, HybridBoot.MOST_OF_CODE);
    boolean marked = area.getShort(510) == (short) 0xaa55;
    this.guidTable = marked && FoundVolume.has(area, GuidTable.SECTOR, "EFI PART");
    if (marked) {
      readBootRecord(filesEnd);
    }
    if (guidTable) {
      readGuidTable(filesEnd);
    }
    if (FoundVolume.has(area, 0, "ER") && FoundVolume.has(area, DiscFields.BLOCK, "PM")) {
      lost.add("the Apple partition map");
      for (int at = DiscFields.BLOCK; at < area.limit(); at++) {
        area.put(at, (byte) 0);
      }
    }
  }

  private void readBootRecord(long filesEnd) throws IOException {
    for (int i = 0; i < 4; i++) {
      int at = MBR + i * MBR_ENTRY;
      int type = Byte.toUnsignedInt(area.get(at + 4));
      long first = Integer.toUnsignedLong(area.getInt(at + 8));
      long sectors = Integer.toUnsignedLong(area.getInt(at + 12));
      if (sectors == 0 || type == PROTECTIVE) {
        continue;
      }
      if (!append(i + 1, type, first, sectors, filesEnd) && first <= 1 && sectors > 1) {
        discType = type;
      }
    }
  }

  private void readGuidTable(long filesEnd) throws IOException {
    diskId = Optional.of(Uuids.get(area, GuidTable.SECTOR + 56));
    long entries = area.getLong(GuidTable.SECTOR + 72) * GuidTable.SECTOR;
    int number = Math.clamp(area.getInt(GuidTable.SECTOR + 80), 0, MOST_ENTRIES);
    int length = area.getInt(GuidTable.SECTOR + 84);
    if (length < 128 || entries < 0 || entries + (long) number * length > area.limit()) {
      return;
    }
    for (int i = 0; i < number; i++) {
      int at = (int) entries + i * length;
      UUID type = Uuids.get(area, at);
      long first = area.getLong(at + 32);
      long sectors = area.getLong(at + 40) + 1 - first;
      byte[] name = new byte[72];
      area.get(at + 56, name);
      boolean gap = new String(name, StandardCharsets.UTF_16LE).startsWith("Gap");
      if (first > 0 && sectors > 0 && !gap && i < 4) {
        int mbrType = type.equals(GuidTable.SYSTEM) ? AppendedPartition.UEFI : 0x0c;
        append(i + 1, mbrType, first, sectors, filesEnd);
      }
      if (first == 64 && !gap && sectors > 64) {
        lost.add("the file system of its own that the partition at sector 64 is");
      }
    }
  }

  /** Returns whether it is a partition behind all files. */
  private boolean append(int number, int type, long first, long sectors, long filesEnd) {
    long position = first * GuidTable.SECTOR;
    long size = sectors * GuidTable.SECTOR;
    boolean behind = position >= filesEnd && position % DiscFields.BLOCK == 0;
    boolean within = size > 0 && position <= device.size() && size <= device.size() - position;
    boolean known = appended.stream().anyMatch(other -> other.number() == number);
    if (!behind || !within || type == 0 || known) {
      return behind && within && known;
    }
    appended.add(new AppendedPartition(number, type, new DeviceContent(device, position, size)));
    blocks.add(first / SECTORS);
    return true;
  }

  /** Returns the number of the appended partition that begins at a block, if one does. */
  Optional<Integer> appendedAt(long block) {
    int index = blocks.indexOf(block);
    return index < 0 ? Optional.empty() : Optional.of(appended.get(index).number());
  }

  /** Returns what is not taken over, as people read it. */
  List<String> lost() {
    return lost;
  }

  /**
   * Returns what makes the image a disk, if anything does.
   *
   * @param bios the block of the first image for a BIOS, or 0
   */
  Optional<HybridBoot> hybrid(long bios) {
    byte[] code = new byte[area.limit()];
    area.get(0, code);
    boolean empty = true;
    for (byte b : code) {
      empty &= b == 0;
    }
    if (empty) {
      return Optional.empty();
    }
    long started = area.getLong(432);
    HybridBoot.Kind kind =
        bios != 0 && started == bios * SECTORS
            ? HybridBoot.Kind.ISOLINUX
            : bios != 0 && started == bios * SECTORS + 4
                ? HybridBoot.Kind.GRUB
                : HybridBoot.Kind.GENERIC;
    return Optional.of(new HybridBoot(kind, code, discType, guidTable, appended, diskId));
  }
}
