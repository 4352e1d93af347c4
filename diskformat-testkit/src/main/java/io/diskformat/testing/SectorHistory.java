package io.diskformat.testing;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What the sectors of a disk held since the last flush: a crash may bring back any of it. */
final class SectorHistory {
  private static final int SECTOR = 512;

  /** By sector, what it held, if that is not what it holds. */
  private final Map<Integer, List<byte[]>> earlier = new HashMap<>();

  /** Notes that a range is about to change, and what the disk holds before. */
  void note(byte[] disk, int offset, int length) {
    int last = (offset + length - 1) / SECTOR;
    for (int sector = offset / SECTOR; sector <= last; sector++) {
      note(sector, sectorOf(disk, sector));
    }
  }

  private void note(int sector, byte[] content) {
    earlier.computeIfAbsent(sector, _ -> new ArrayList<>()).add(content);
  }

  /**
   * Notes a discard of a range, of which sectors may have become zeroes; of a sector that is partly
   * in it, that part.
   *
   * @return the first sector that changed in another way, or -1
   */
  int noteDiscard(byte[] before, byte[] after, int offset, int length) {
    for (int sector = 0; sector < before.length / SECTOR; sector++) {
      byte[] then = sectorOf(before, sector);
      byte[] now = sectorOf(after, sector);
      if (!Arrays.equals(now, then)) {
        int start = sector * SECTOR;
        int from = Math.clamp(offset - start, 0, SECTOR);
        int to = Math.clamp(offset + length - start, from, SECTOR);
        byte[] discarded = then.clone();
        Arrays.fill(discarded, from, to, (byte) 0);
        if (!Arrays.equals(now, discarded)) {
          return sector;
        }
        note(sector, then);
      }
    }
    return -1;
  }

  /** Notes that all that was written so far is durable. */
  void forget() {
    earlier.clear();
  }

  /**
   * Returns the first sector that holds neither what one of the disks has nor what it held, or -1.
   */
  int firstUnknown(byte[] found, byte[] one, byte[] other) {
    for (int sector = 0; sector < found.length / SECTOR; sector++) {
      byte[] now = sectorOf(found, sector);
      boolean known = isAt(now, one, sector) || isAt(now, other, sector);
      for (byte[] before : earlier.getOrDefault(sector, List.of())) {
        known |= Arrays.equals(now, before);
      }
      if (!known) {
        return sector;
      }
    }
    return -1;
  }

  /** Returns whether a sector of the disk holds its content, which is zeroes beyond the end. */
  private static boolean isAt(byte[] content, byte[] disk, int sector) {
    return sector < disk.length / SECTOR
        ? Arrays.equals(content, sectorOf(disk, sector))
        : isZero(content);
  }

  private static byte[] sectorOf(byte[] bytes, int sector) {
    return Arrays.copyOfRange(bytes, sector * SECTOR, (sector + 1) * SECTOR);
  }

  private static boolean isZero(byte[] bytes) {
    for (byte b : bytes) {
      if (b != 0) {
        return false;
      }
    }
    return true;
  }
}
