package io.diskformat.iso.build;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * What makes the image of a disc boot as a disk too, from a USB stick: the boot code in its first
 * sectors, which no disc uses, and a partition table. Immutable: each method returns a new object.
 */
public final class HybridBoot {
  /** Whose boot code it is. */
  public enum Kind {
    /** Nobody's that is known; nothing is written into it. */
    GENERIC,
    /** That of ISOLINUX ({@code isohdpfx.bin}): starts the image of the first entry for a BIOS. */
    ISOLINUX,
    /** That of GRUB 2 ({@code boot_hybrid.img}): likewise. */
    GRUB
  }

  /** As long as what no disc uses. */
  static final int MOST_OF_CODE = 16 * 2048;

  private static final int TYPE_ISOLINUX = 0x17;
  private static final int TYPE_OTHERS = 0xcd;

  private final Kind kind;
  private final byte[] code;
  private final int discType;
  private final boolean guidTable;
  private final List<AppendedPartition> appended;
  private final Optional<UUID> diskId;

  /**
   * Takes what is given.
   *
   * @param code up to 32 KiB, of which the first sector is the master boot record; may be empty.
   *     What it says of partitions counts only if it is of kind {@code GENERIC} and there are no
   *     others
   * @param discType type of the partition that the disc itself is, as an MBR numbers it; 0 if it is
   *     to be none, or one of no type beside a GUID partition table
   * @param diskId the GUID of the disk; if there is none, one that follows from the disc's label
   *     and date
   * @throws IllegalArgumentException if the code is too long
   */
  HybridBoot(
      Kind kind,
      byte[] code,
      int discType,
      boolean guidTable,
      List<AppendedPartition> appended,
      Optional<UUID> diskId) {
    if (code.length > MOST_OF_CODE) {
      throw new IllegalArgumentException("boot code of " + code.length + " bytes");
    }
    this.kind = kind;
    this.code = code.clone();
    this.discType = discType;
    this.guidTable = guidTable;
    this.appended = List.copyOf(appended);
    this.diskId = diskId;
  }

  Kind kind() {
    return kind;
  }

  byte[] code() {
    return code.clone();
  }

  int discType() {
    return discType;
  }

  boolean guidTable() {
    return guidTable;
  }

  List<AppendedPartition> appended() {
    return appended;
  }

  Optional<UUID> diskId() {
    return diskId;
  }

  /** Returns a boot sector of ISOLINUX, and a partition table with the disc as its partition. */
  public static HybridBoot isolinux(byte[] code) {
    return new HybridBoot(Kind.ISOLINUX, code, TYPE_ISOLINUX, false, List.of(), Optional.empty());
  }

  /** Returns a boot sector of GRUB 2, and a partition table with the disc as its partition. */
  public static HybridBoot grub(byte[] code) {
    return new HybridBoot(Kind.GRUB, code, TYPE_OTHERS, false, List.of(), Optional.empty());
  }

  /** Returns first sectors as they are, without another partition table unless one is needed. */
  public static HybridBoot generic(byte[] code) {
    return new HybridBoot(Kind.GENERIC, code, 0, false, List.of(), Optional.empty());
  }

  /** Returns this with another type of the disc's own partition. */
  public HybridBoot discType(int type) {
    return new HybridBoot(kind, code, type, guidTable, appended, diskId);
  }

  /**
   * Returns this with or without a GUID partition table. It has the images of all entries for UEFI;
   * with appended partitions, these, and then the other table only says that there is this one.
   */
  public HybridBoot guidTable(boolean wanted) {
    return new HybridBoot(kind, code, discType, wanted, appended, diskId);
  }

  /**
   * Returns this with one more partition behind the files.
   *
   * @throws IllegalArgumentException if there is one of this number
   */
  public HybridBoot append(AppendedPartition partition) {
    List<AppendedPartition> more = new ArrayList<>(appended);
    if (more.stream().anyMatch(other -> other.number() == partition.number())) {
      throw new IllegalArgumentException("two partitions of number " + partition.number());
    }
    more.add(partition);
    return new HybridBoot(kind, code, discType, guidTable, more, diskId);
  }

  /** Returns this with a GUID of the disk. */
  public HybridBoot diskId(UUID id) {
    return new HybridBoot(kind, code, discType, guidTable, appended, Optional.of(id));
  }
}
