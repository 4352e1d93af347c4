package io.diskformat.testing;

import io.diskformat.BlockDevice;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collection;

/**
 * Finds which {@link RandomContent} the sectors of a disk hold: a value is its seed, or 0 for
 * zeroes.
 */
final class SectorValues {
  /** The value of what is neither zeroes nor such content. */
  static final int SENSELESS = -1;

  private static final int SECTOR = RandomContent.SECTOR;
  private static final int CHUNK = 1 << 20;

  private SectorValues() {}

  /**
   * Reads a disk.
   *
   * @param sectors how many values to return; what is beyond the disk's end is zeroes
   */
  static int[] of(BlockDevice disk, int sectors) throws IOException {
    int[] values = new int[sectors];
    int there = Math.toIntExact(disk.size() / SECTOR);
    byte[] bytes = new byte[CHUNK];
    byte[] expected = new byte[SECTOR];
    for (int sector = 0; sector < there; sector += CHUNK / SECTOR) {
      int count = Math.min(CHUNK / SECTOR, there - sector);
      disk.read(
          (long) sector * SECTOR, MemorySegment.ofArray(bytes).asSlice(0, (long) count * SECTOR));
      for (int i = 0; i < count; i++) {
        int at = i * SECTOR;
        int value = Math.toIntExact(ByteBuffer.wrap(bytes).getLong(at) & 0x7fff_ffff);
        Arrays.fill(expected, (byte) 0);
        if (value != 0) {
          RandomContent.fillSector(value, sector + i, expected, 0);
        }
        boolean known = Arrays.equals(expected, 0, SECTOR, bytes, at, at + SECTOR);
        values[sector + i] = known ? value : SENSELESS;
      }
    }
    return values;
  }

  /**
   * Reads a disk, of which every sector must make sense.
   *
   * @throws IllegalArgumentException if one does not
   */
  static int[] sensible(BlockDevice disk, int sectors) throws IOException {
    int[] values = of(disk, sectors);
    for (int sector = 0; sector < sectors; sector++) {
      if (values[sector] == SENSELESS) {
        byte[] bytes = new byte[SECTOR];
        disk.read((long) sector * SECTOR, bytes);
        throw new IllegalArgumentException(
            "sector " + sector + " holds " + RandomContent.describe(bytes, 0));
      }
    }
    return values;
  }

  /** Returns whether each byte of a sector is that of one of several values. */
  static boolean isMixed(BlockDevice disk, int sector, Collection<Integer> values)
      throws IOException {
    if (values.contains(SENSELESS)) {
      // It was mixed before, of unknown contents.
      return true;
    }
    byte[] found = new byte[SECTOR];
    disk.read((long) sector * SECTOR, found);
    BitSet explained = new BitSet();
    for (int value : values) {
      byte[] expected = new byte[SECTOR];
      if (value != 0) {
        RandomContent.fillSector(value, sector, expected, 0);
      }
      for (int i = 0; i < SECTOR; i++) {
        if (found[i] == expected[i]) {
          explained.set(i);
        }
      }
    }
    return explained.cardinality() == SECTOR;
  }
}
