package io.diskformat.inspect;

import java.nio.ByteBuffer;

/**
 * An entry of an MBR, or of the sector before a logical partition, in little-endian byte order. The
 * addresses by cylinder, head and sector say nothing that the others do not.
 *
 * <pre>
 *  0  boot    0x80 for the partition to boot from, or else 0
 *  1  first   cylinder, head and sector
 *  4  type    0 for an entry that is not used
 *  5  last    cylinder, head and sector
 *  8  start   in sectors, 32 bits
 * 12  count   in sectors, 32 bits
 * </pre>
 *
 * @param boot the first byte
 * @param type what the partition holds
 * @param start the first sector, from where depends on the table
 * @param count the number of sectors
 */
record MbrEntry(int boot, int type, long start, long count) {
  static final int FIRST = 446;
  static final int SIZE = 16;
  static final int COUNT = 4;

  /** The type of the entry that stands for a GPT. */
  static final int PROTECTIVE = 0xEE;

  private static final int BOOTABLE = 0x80;

  /** Returns an entry of a sector that is in little-endian byte order. */
  static MbrEntry of(ByteBuffer sector, int index) {
    int at = FIRST + index * SIZE;
    return new MbrEntry(
        sector.get(at) & 0xFF,
        sector.get(at + 4) & 0xFF,
        Integer.toUnsignedLong(sector.getInt(at + 8)),
        Integer.toUnsignedLong(sector.getInt(at + 12)));
  }

  boolean isUsed() {
    return count != 0;
  }

  boolean isExtended() {
    return type == 0x05 || type == 0x0F || type == 0x85;
  }

  /** Returns whether FreeBSD, OpenBSD, NetBSD or UnixWare divided it once more. */
  boolean isDivided() {
    return type == 0xA5 || type == 0xA6 || type == 0xA9 || type == 0x63;
  }

  boolean isBootable() {
    return boot == BOOTABLE;
  }

  boolean hasValidFlag() {
    return boot == 0 || boot == BOOTABLE;
  }
}
