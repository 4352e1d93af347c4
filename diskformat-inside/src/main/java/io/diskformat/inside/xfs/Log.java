package io.diskformat.inside.xfs;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * The log, read only as far as is needed to know whether it holds anything that was not written
 * out. It is written in rounds, and each sector begins with the number of its round. The last
 * record of a file system that was unmounted says so. Numbers have their highest byte first.
 *
 * <pre>
 * sector              header of a record             record of an unmount
 * 0  round, 32 bits    0  FE ED BA BE                 0  number, 32 bits
 *    unless it is a    4  round, 32 bits              4  length, 32 bits
 *    header            8  version, 32 bits            8  who writes it
 *                      C  length without headers      9  what it is; 20: unmounted
 *                     28  operations, 32 bits
 *                    140  most that a record has
 * </pre>
 */
final class Log {
  private static final String NAME = "log of xfs";
  private static final int SECTOR = 512;
  private static final int MAGIC = 0xFEEDBABE;
  private static final int UNMOUNTED = 0x20;
  private static final int OF_ONE_HEADER = 32768;

  /** As many sectors as a record may have. */
  private static final int MOST_OF_RECORD = 1024;

  private final XfsVolume volume;
  private final long position;
  private final long sectors;

  private Log(XfsVolume volume, long position, long sectors) {
    this.volume = volume;
    this.position = position;
    this.sectors = sectors;
  }

  /**
   * Returns why the files may be in an older state, if they may: the log holds something that was
   * not written out, or may do so.
   *
   * @throws io.diskformat.CorruptImageException if there cannot be a log where it should be
   */
  static Optional<String> problem(XfsVolume volume) throws IOException {
    Superblock superblock = volume.superblock();
    if (superblock.logStart() == 0) {
      return Optional.of(
          "xfs has its log on another device; if it was not unmounted, files may be old");
    }
    long blocks = superblock.logBlocks();
    long position = volume.position(superblock.logStart(), blocks, NAME, 0);
    long sectors = blocks * superblock.blockSize() / SECTOR;
    if (sectors < 2) {
      throw volume.corrupt(NAME, position, "has " + blocks + " blocks");
    }
    volume.bytes().check(position, sectors * SECTOR, NAME);
    return new Log(volume, position, sectors).isClean()
        ? Optional.empty()
        : Optional.of("xfs was not unmounted, and its log is not replayed: files may be old");
  }

  private boolean isClean() throws IOException {
    int first = round(0);
    if (first == 0) {
      // Nothing was ever logged.
      return round(sectors - 1) == 0;
    }
    long head = head(first);
    for (long i = 1; i <= Math.min(MOST_OF_RECORD, sectors); i++) {
      long at = Math.floorMod(head - i, sectors);
      ByteBuffer sector = sector(at);
      if (sector.getInt(0) == MAGIC) {
        return isUnmount(at, sector, head);
      }
    }
    return false;
  }

  /** Returns the sector that is to be written next: the first that is not of the last round. */
  private long head(int first) throws IOException {
    if (round(sectors - 1) == first) {
      return 0;
    }
    long low = 0;
    long high = sectors - 1;
    while (high - low > 1) {
      long middle = (low + high) >>> 1;
      if (round(middle) == first) {
        low = middle;
      } else {
        high = middle;
      }
    }
    return high;
  }

  private boolean isUnmount(long at, ByteBuffer header, long head) throws IOException {
    long most = Integer.toUnsignedLong(header.getInt(0x140));
    boolean several = (header.getInt(8) & 2) != 0 && most > OF_ONE_HEADER;
    long headers = several ? Math.ceilDiv(most, OF_ONE_HEADER) : 1;
    long length = Math.ceilDiv(Integer.toUnsignedLong(header.getInt(0xC)), SECTOR);
    return header.getInt(0x28) == 1
        && Math.floorMod(at + headers + length, sectors) == head
        && (sector((at + headers) % sectors).get(9) & UNMOUNTED) != 0;
  }

  private int round(long index) throws IOException {
    ByteBuffer sector = sector(index);
    return sector.getInt(sector.getInt(0) == MAGIC ? Integer.BYTES : 0);
  }

  private ByteBuffer sector(long index) throws IOException {
    return volume.read(position + index * SECTOR, SECTOR, NAME);
  }
}
