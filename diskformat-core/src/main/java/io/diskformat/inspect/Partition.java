package io.diskformat.inspect;

import io.diskformat.BlockDevice;
import io.diskformat.device.JoinedDevice;

/**
 * A partition of a disk. Immutable.
 *
 * @param number the number that Linux gives it: in a GPT that of its entry, in an MBR 1 to 4 for
 *     those that the first sector lists, and 5 and up for those in an extended partition
 * @param offset where it begins on the disk, in bytes
 * @param length its length in bytes, cut off at the end of the disk
 * @param type what it is said to hold: in an MBR two hexadecimal digits, in a GPT a GUID in
 *     capitals
 * @param id its own identifier, in lower case: in a GPT a GUID, in an MBR the disk's identifier and
 *     the partition's number
 * @param label its name in a GPT; empty in an MBR
 * @param isBootable whether it is marked as the one to boot from
 */
public record Partition(
    int number,
    long offset,
    long length,
    String type,
    String id,
    String label,
    boolean isBootable) {

  /**
   * Returns the partition as a device, which is writable if the disk is. Closing it leaves the disk
   * open.
   *
   * @param disk the disk that the partition was found on
   * @throws IndexOutOfBoundsException if the partition is not within the disk
   */
  public BlockDevice of(BlockDevice disk) {
    return JoinedDevice.slice(disk, offset, length);
  }

  /** Returns where the partition ends on the disk, in bytes. */
  public long end() {
    return offset + length;
  }
}
