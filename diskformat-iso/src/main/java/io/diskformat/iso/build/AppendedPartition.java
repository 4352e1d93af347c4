package io.diskformat.iso.build;

/**
 * A partition behind the files of a disc.
 *
 * @param number in the partition table, 1 to 4
 * @param type as an MBR numbers it, for example 0xef for a partition that UEFI boots from
 * @param content of the partition
 */
public record AppendedPartition(int number, int type, DiscContent content) {
  /** That of a partition that UEFI boots from. */
  public static final int UEFI = 0xef;

  /**
   * Checks what is given.
   *
   * @throws IllegalArgumentException if there is no such number or type
   */
  public AppendedPartition {
    if (number < 1 || number > 4 || type < 1 || type > 0xff) {
      throw new IllegalArgumentException("partition " + number + " of type " + type);
    }
  }
}
