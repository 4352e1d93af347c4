package io.diskformat.iso.build;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The first 16 blocks, which no disc uses and a disk begins with: boot code and partition tables;
 * and what of them is at the end of the image.
 */
final class SystemArea implements ImagePart {
  private static final int SECTORS = DiscFields.BLOCK / GuidTable.SECTOR;

  /** Some firmware boots no disk whose size is not one of whole cylinders. */
  private static final int CYLINDER = 1 << 20;

  private static final int PROTECTIVE = 0xee;

  /** What a partition of the disc itself is where nobody says what. */
  private static final int UNTYPED = 0xcd;

  private final @Nullable HybridBoot hybrid;
  private final UUID disk;

  /** Images of the catalog that UEFI boots, and that of the first entry for a BIOS. */
  private final List<Extent> uefi = new ArrayList<>();

  private @Nullable Extent bios;
  private final List<Extent> appended = new ArrayList<>();
  private long sectors;

  /**
   * Begins without boot images.
   *
   * @param hybrid what is wanted, or null for nothing but zeroes
   * @param disk the GUID of the disk
   */
  SystemArea(@Nullable HybridBoot hybrid, UUID disk) {
    this.hybrid = hybrid;
    this.disk = disk;
  }

  /** Adds an image that a firmware boots, and that is no appended partition. */
  void image(BootEntry.Platform platform, Extent extent) {
    if (platform == BootEntry.Platform.UEFI) {
      uefi.add(extent);
    } else if (platform == BootEntry.Platform.BIOS && bios == null) {
      bios = extent;
    }
  }

  /** Adds the next of the appended partitions. */
  void appended(Extent extent) {
    appended.add(extent);
  }

  /** Returns whether code is given that has to know where the image for a BIOS is, and none is. */
  boolean lacksImage() {
    return hybrid != null && hybrid.kind() != HybridBoot.Kind.GENERIC && bios == null;
  }

  private boolean hasTables() {
    return hybrid != null
        && (hybrid.kind() != HybridBoot.Kind.GENERIC
            || hybrid.discType() != 0
            || hybrid.guidTable()
            || !hybrid.appended().isEmpty());
  }

  /** Returns how many blocks an image has whose last parts end at a block. */
  long imageEnd(long end) {
    if (!hasTables()) {
      return end;
    }
    boolean backup = hybrid != null && hybrid.guidTable();
    long bytes = end * DiscFields.BLOCK + (backup ? GuidTable.BACKUP_SECTORS * 512L : 0);
    return (bytes + CYLINDER - 1) / CYLINDER * CYLINDER / DiscFields.BLOCK;
  }

  /** Sets how many blocks the whole image has. */
  void imageBlocks(long blocks) {
    sectors = blocks * SECTORS;
  }

  @Override
  public long place(long first) {
    return first + VolumeDescriptorSet.FIRST;
  }

  @Override
  public void write(ImageOutput out) throws IOException {
    byte[] area = new byte[HybridBoot.MOST_OF_CODE];
    if (hybrid != null) {
      byte[] code = hybrid.code();
      System.arraycopy(code, 0, area, 0, code.length);
      if (hasTables()) {
        putTables(hybrid, area);
      }
    }
    out.write(area);
  }

  /** Writes what is at the end of the image, up to which there are zeroes. */
  void writeEnd(ImageOutput out) throws IOException {
    long end = sectors * GuidTable.SECTOR;
    if (hybrid != null && hybrid.guidTable()) {
      byte[] table = guidTable(hybrid).last();
      out.zeroesTo(end - table.length);
      out.write(table);
    } else {
      out.zeroesTo(end);
    }
  }

  private void putTables(HybridBoot boot, byte[] area) {
    BootRecord record = new BootRecord(area, sectors);
    if (boot.kind() != HybridBoot.Kind.GENERIC && bios != null) {
      record.image(boot.kind(), bios);
    }
    record.diskId(disk);
    if (boot.guidTable()) {
      // It lies in the way of what the code has besides its first sector.
      Arrays.fill(area, GuidTable.SECTOR, 34 * GuidTable.SECTOR, (byte) 0);
      guidTable(boot).putFirst(area);
    }
    if (boot.guidTable() && !appended.isEmpty()) {
      record.partition(1, false, PROTECTIVE, 1, sectors);
      // Some BIOS boot only a disk with an active partition.
      record.partition(2, true, 0, 0, 1);
      return;
    }
    long discEnd = appended.isEmpty() ? sectors : appended.getFirst().block() * SECTORS;
    record.partition(1, true, discType(boot), 0, discEnd);
    if (boot.guidTable()) {
      for (int i = 0; i < Math.min(uefi.size(), 3); i++) {
        record.partition(
            i + 2, false, AppendedPartition.UEFI, first(uefi.get(i)), end(uefi.get(i)));
      }
    }
    for (int i = 0; i < appended.size(); i++) {
      AppendedPartition partition = boot.appended().get(i);
      record.partition(
          partition.number(),
          false,
          partition.type(),
          first(appended.get(i)),
          end(appended.get(i)));
    }
  }

  private static int discType(HybridBoot boot) {
    if (boot.guidTable()) {
      return 0;
    }
    return boot.discType() == 0 ? UNTYPED : boot.discType();
  }

  private static long first(Extent extent) {
    return extent.block() * SECTORS;
  }

  private static long end(Extent extent) {
    return (extent.block() + DiscFields.blocks(extent.size())) * SECTORS;
  }

  private GuidTable guidTable(HybridBoot boot) {
    List<GuidTable.Partition> partitions = new ArrayList<>();
    for (int i = 0; i < appended.size(); i++) {
      AppendedPartition partition = boot.appended().get(i);
      boolean system = partition.type() == AppendedPartition.UEFI;
      partitions.add(
          new GuidTable.Partition(
              partition.number(),
              system ? GuidTable.SYSTEM : GuidTable.DATA,
              "Appended" + partition.number(),
              first(appended.get(i)),
              end(appended.get(i))));
    }
    if (appended.isEmpty()) {
      for (Extent image : uefi) {
        partitions.add(
            new GuidTable.Partition(0, GuidTable.DATA, "ISOHybrid", first(image), end(image)));
      }
    }
    return new GuidTable(disk, sectors, partitions);
  }
}
