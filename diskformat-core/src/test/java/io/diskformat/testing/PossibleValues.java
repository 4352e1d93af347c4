package io.diskformat.testing;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** What each sector of a disk may hold, as {@link SectorValues}: one value, or any of several. */
final class PossibleValues {
  private final int[] one;

  /** By sector, where there are several. */
  private final Map<Integer, Set<Integer>> several = new HashMap<>();

  /** Creates what is certain. */
  PossibleValues(int[] held) {
    one = held.clone();
  }

  /** A sector holds this for certain. */
  void set(int sector, int value) {
    several.remove(sector);
    one[sector] = value;
  }

  /** A sector may also hold this. */
  void add(int sector, int value) {
    Set<Integer> values = several.get(sector);
    if (values != null) {
      values.add(value);
    } else if (one[sector] != value) {
      several.put(sector, new HashSet<>(Set.of(one[sector], value)));
    }
  }

  /** The first sectors hold for certain what another disk's do. */
  void setAll(PossibleValues others, int sectors) {
    for (int sector = 0; sector < sectors; sector++) {
      set(sector, others.one[sector]);
      for (int value : others.of(sector)) {
        add(sector, value);
      }
    }
  }

  /** The first sectors may also hold what another disk's may. */
  void addAll(PossibleValues others, int sectors) {
    for (int sector = 0; sector < sectors; sector++) {
      for (int value : others.of(sector)) {
        add(sector, value);
      }
    }
  }

  private Set<Integer> of(int sector) {
    Set<Integer> values = several.get(sector);
    return values == null ? Set.of(one[sector]) : values;
  }

  /**
   * Fails unless a disk holds what it may.
   *
   * @return how many sectors might have held this or that
   */
  int verify(int[] found) {
    for (int sector = 0; sector < found.length; sector++) {
      if (!of(sector).contains(found[sector])) {
        throw new AssertionError(
            "sector %d holds %d, and may hold %s; 0 is zeroes, and -1 none of what was written to it"
                .formatted(sector, found[sector], of(sector)));
      }
    }
    return several.size();
  }
}
