package io.diskformat.iso.build;

import java.util.OptionalInt;

/**
 * One way to boot from a disc: what El Torito calls an entry of its catalog. Immutable: each method
 * returns a new object.
 *
 * @param platform which firmware it is for
 * @param image the path on the disc of the file that is booted; or of an appended partition, its
 *     number ({@link #ofPartition})
 * @param partition whether the image is an appended partition
 * @param emulation as what the firmware shows the image
 * @param loadSectors how many sectors of 512 bytes the firmware loads; none for the whole image
 * @param loadSegment where it loads them in real mode, or 0 for the usual place
 * @param infoTable whether the image gets a table of where it is, as ISOLINUX and GRUB want it, in
 *     its bytes 8 to 63
 * @param grubInfo whether it gets the place of the rest of itself, as GRUB 2 wants it
 * @param bootable whether the firmware may boot it; otherwise it only sees it
 * @param id who made it, up to 24 characters; usually empty
 */
public record BootEntry(
    Platform platform,
    String image,
    boolean partition,
    Emulation emulation,
    OptionalInt loadSectors,
    int loadSegment,
    boolean infoTable,
    boolean grubInfo,
    boolean bootable,
    String id) {

  /** Which firmware an entry is for. */
  public enum Platform {
    /** A PC's BIOS. */
    BIOS(0),
    /** An old Power PC. */
    POWER_PC(1),
    /** An old Macintosh. */
    MACINTOSH(2),
    /** UEFI: the image is a FAT file system. */
    UEFI(0xef);

    private final int number;

    Platform(int number) {
      this.number = number;
    }

    int number() {
      return number;
    }
  }

  /** As what a firmware shows an image. */
  public enum Emulation {
    /** As what it is: it is loaded, and runs. */
    NONE,
    /** As a floppy disk: the image is as large as one. */
    FLOPPY,
    /** As a hard disk: the image has a partition table of one partition. */
    HARD_DISK
  }

  private static final int LONGEST_ID = 24;
  private static final int MOST = 0xffff;

  /**
   * Checks what is given.
   *
   * @throws IllegalArgumentException if a number does not fit in 16 bits, or the id is too long
   */
  public BootEntry {
    if (loadSectors.orElse(0) < 0 || loadSectors.orElse(0) > MOST) {
      throw new IllegalArgumentException("a load size of " + loadSectors.getAsInt() + " sectors");
    }
    if (loadSegment < 0 || loadSegment > MOST) {
      throw new IllegalArgumentException("a load segment of " + loadSegment);
    }
    if (id.length() > LONGEST_ID) {
      throw new IllegalArgumentException("the boot id \"" + id + "\" is longer than 24 characters");
    }
  }

  /** Returns an entry for a PC's BIOS, without emulation, that loads four sectors. */
  public static BootEntry bios(String image) {
    return new BootEntry(
        Platform.BIOS, image, false, Emulation.NONE, OptionalInt.of(4), 0, false, false, true, "");
  }

  /** Returns an entry for UEFI, whose image is a FAT file system. */
  public static BootEntry uefi(String image) {
    return new BootEntry(
        Platform.UEFI,
        image,
        false,
        Emulation.NONE,
        OptionalInt.empty(),
        0,
        false,
        false,
        true,
        "");
  }

  /** Returns this entry with an appended partition as its image. */
  public BootEntry ofPartition(int number) {
    return new BootEntry(
        platform,
        String.valueOf(number),
        true,
        emulation,
        loadSectors,
        loadSegment,
        infoTable,
        grubInfo,
        bootable,
        id);
  }

  /** Returns this entry for another firmware. */
  public BootEntry platform(Platform other) {
    return new BootEntry(
        other,
        image,
        partition,
        emulation,
        loadSectors,
        loadSegment,
        infoTable,
        grubInfo,
        bootable,
        id);
  }

  /** Returns this entry with another emulation. */
  public BootEntry emulation(Emulation other) {
    return new BootEntry(
        platform,
        image,
        partition,
        other,
        loadSectors,
        loadSegment,
        infoTable,
        grubInfo,
        bootable,
        id);
  }

  /** Returns this entry with the number of sectors to load; none for the whole image. */
  public BootEntry loadSectors(OptionalInt sectors) {
    return new BootEntry(
        platform,
        image,
        partition,
        emulation,
        sectors,
        loadSegment,
        infoTable,
        grubInfo,
        bootable,
        id);
  }

  /** Returns this entry with another segment to load to. */
  public BootEntry loadSegment(int segment) {
    return new BootEntry(
        platform,
        image,
        partition,
        emulation,
        loadSectors,
        segment,
        infoTable,
        grubInfo,
        bootable,
        id);
  }

  /**
   * Returns this entry with or without a boot information table. It is in the copy that is written;
   * the content that was given is left as it is.
   */
  public BootEntry infoTable(boolean wanted) {
    return new BootEntry(
        platform,
        image,
        partition,
        emulation,
        loadSectors,
        loadSegment,
        wanted,
        grubInfo,
        bootable,
        id);
  }

  /** Returns this entry with or without what GRUB 2 wants to know, likewise. */
  public BootEntry grubInfo(boolean wanted) {
    return new BootEntry(
        platform,
        image,
        partition,
        emulation,
        loadSectors,
        loadSegment,
        infoTable,
        wanted,
        bootable,
        id);
  }

  /** Returns this entry, which the firmware may boot or not. */
  public BootEntry bootable(boolean wanted) {
    return new BootEntry(
        platform,
        image,
        partition,
        emulation,
        loadSectors,
        loadSegment,
        infoTable,
        grubInfo,
        wanted,
        id);
  }

  /** Returns this entry with who made it. */
  public BootEntry id(String text) {
    return new BootEntry(
        platform,
        image,
        partition,
        emulation,
        loadSectors,
        loadSegment,
        infoTable,
        grubInfo,
        bootable,
        text);
  }
}
