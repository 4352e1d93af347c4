package io.diskformat.vmdk;

import java.util.Optional;

/**
 * What a descriptor says of one extent.
 *
 * @param access what is allowed of it
 * @param sectors how many sectors of the disk it has
 * @param type how it is stored
 * @param file the name of its file, if it has one
 * @param firstSector the sector of that file at which it begins
 */
record ExtentLine(
    Access access, long sectors, ExtentType type, Optional<String> file, long firstSector) {
  /** Log2 of the size of a sector in bytes. */
  static final int SECTOR_BITS = 9;

  /** Returns how many bytes of the disk it has. */
  long length() {
    return sectors << SECTOR_BITS;
  }
}
