package io.diskformat.iso.build;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.UUID;

/**
 * The master boot record of an image that boots from a disk.
 *
 * <pre>
 *   0  432  code
 * 432    8  sector of 512 bytes where the boot image is; GRUB's begins at its fifth
 * 440    4  number of the disk
 * 446   64  four partitions: active (80) or not, first sector by cylinder, head and sector, type,
 *           last sector likewise, first sector and number of sectors (4 each)
 * 510    2  55 AA
 * </pre>
 */
final class BootRecord {
  private static final int IMAGE = 432;
  private static final int DISK_ID = 440;
  private static final int PARTITIONS = 446;
  private static final int PARTITION = 16;
  private static final int MARK = 510;
  private static final long LARGEST = 0xffff_ffffL;

  /** A geometry by which 1024 cylinders are 1 GiB, and one for larger disks. */
  private static final int[][] GEOMETRIES = {{64, 32}, {255, 63}};

  private final ByteBuffer to;
  private final int[] geometry;

  /**
   * Begins with no partition.
   *
   * @param systemArea whose first sector it is
   * @param sectors of the whole image
   */
  BootRecord(byte[] systemArea, long sectors) {
    this.to = ByteBuffer.wrap(systemArea).order(ByteOrder.LITTLE_ENDIAN);
    this.geometry = GEOMETRIES[sectors <= 1024L * 64 * 32 ? 0 : 1];
    Arrays.fill(systemArea, PARTITIONS, MARK, (byte) 0);
    to.put(MARK, (byte) 0x55).put(MARK + 1, (byte) 0xaa);
  }

  /** Writes into the code where the image is that it starts. */
  void image(HybridBoot.Kind kind, Extent image) {
    long sector = image.block() * 4;
    to.putLong(IMAGE, kind == HybridBoot.Kind.GRUB ? sector + 4 : sector);
  }

  /** Gives the disk a number if it has none. */
  void diskId(UUID id) {
    if (to.getInt(DISK_ID) == 0) {
      to.putInt(DISK_ID, (int) (id.getLeastSignificantBits() | 1));
    }
  }

  /**
   * Records a partition.
   *
   * @param number 1 to 4
   * @param first its first sector
   * @param end the sector behind it
   */
  void partition(int number, boolean active, int type, long first, long end) {
    int at = PARTITIONS + (number - 1) * PARTITION;
    to.put(at, (byte) (active ? 0x80 : 0));
    place(at + 1, first);
    to.put(at + 4, (byte) type);
    place(at + 5, end - 1);
    to.putInt(at + 8, (int) Math.min(first, LARGEST));
    to.putInt(at + 12, (int) Math.min(end - first, LARGEST));
  }

  /** Puts a sector by cylinder, head and sector, as far as these go. */
  private void place(int at, long sector) {
    int heads = geometry[0];
    int perTrack = geometry[1];
    long cylinder = sector / ((long) heads * perTrack);
    boolean beyond = cylinder > 1023;
    int c = beyond ? 1023 : (int) cylinder;
    int h = beyond ? heads - 1 : (int) (sector / perTrack % heads);
    int s = beyond ? perTrack : (int) (sector % perTrack) + 1;
    to.put(at, (byte) h);
    to.put(at + 1, (byte) (s | c >> 8 << 6));
    to.put(at + 2, (byte) c);
  }
}
