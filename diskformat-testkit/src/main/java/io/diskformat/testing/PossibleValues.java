package io.diskformat.testing;

import io.diskformat.BlockDevice;
import java.io.IOException;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * What each sector of a disk may hold, as {@link SectorValues}: one value, or any of several; or,
 * if it was being written, some bytes of one and some of another.
 */
final class PossibleValues {
  private final int[] one;

  /** By sector, where there are several. */
  private final Map<Integer, Set<Integer>> several = new HashMap<>();

  /** The sectors that were being written. */
  private final BitSet underWay = new BitSet();

  /** Creates values that are certain. */
  PossibleValues(int[] held) {
    one = held.clone();
  }

  /** Notes that a sector holds this for certain. */
  void set(int sector, int value) {
    underWay.clear(sector);
    several.remove(sector);
    one[sector] = value;
  }

  /** Notes that a sector may also hold this. */
  void add(int sector, int value) {
    Set<Integer> values = several.get(sector);
    if (values != null) {
      values.add(value);
    } else if (one[sector] != value) {
      several.put(sector, new HashSet<>(Set.of(one[sector], value)));
    }
  }

  /**
   * Notes that a sector is being written, and may also hold this, or a part of it: small writes are
   * stores to memory, and a kill may come between any two.
   */
  void addUnderWay(int sector, int value) {
    add(sector, value);
    underWay.set(sector);
  }

  /** Notes that the first sectors hold for certain what another disk's do. */
  void setAll(PossibleValues others, int sectors) {
    for (int sector = 0; sector < sectors; sector++) {
      set(sector, others.one[sector]);
      for (int value : others.of(sector)) {
        add(sector, value);
      }
    }
  }

  /** Notes that the first sectors are being written, and may also hold what another disk's may. */
  void addUnderWay(PossibleValues others, int sectors) {
    for (int sector = 0; sector < sectors; sector++) {
      for (int value : others.of(sector)) {
        addUnderWay(sector, value);
      }
    }
  }

  /** Returns whether each sector holds one of its values. */
  boolean are(int[] found) {
    for (int sector = 0; sector < found.length; sector++) {
      if (!of(sector).contains(found[sector])) {
        return false;
      }
    }
    return true;
  }

  private Set<Integer> of(int sector) {
    Set<Integer> values = several.get(sector);
    return values == null ? Set.of(one[sector]) : values;
  }

  /**
   * Fails unless a disk holds what it may.
   *
   * @param found what it holds
   * @return the number of sectors that might have held one of several values
   */
  int verify(BlockDevice disk, int[] found) throws IOException {
    for (int sector = 0; sector < found.length; sector++) {
      boolean expected =
          of(sector).contains(found[sector])
              || (underWay.get(sector) && SectorValues.isMixed(disk, sector, of(sector)));
      if (!expected) {
        throw new AssertionError(
            "sector %d holds %d, and may hold %s; 0 is zeroes, and -1 none of what was written to it"
                .formatted(sector, found[sector], of(sector)));
      }
    }
    return several.size();
  }
}
