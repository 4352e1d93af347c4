package io.diskformat.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** What a discard may change, and what it must not. */
final class SectorHistoryTest {
  private static final int FROM = 700;
  private static final int TO = 1800;

  private final byte[] before = new byte[4 * 512];

  private int noted(byte[] after) {
    Arrays.fill(before, (byte) 7);
    return new SectorHistory().noteDiscard(before, after, FROM, TO - FROM);
  }

  private static byte[] zeroed(int from, int to) {
    byte[] disk = new byte[4 * 512];
    Arrays.fill(disk, (byte) 7);
    Arrays.fill(disk, from, to, (byte) 0);
    return disk;
  }

  @Test
  void sectorsOfTheRangeAndPartsOfThemMayBecomeZeroes() {
    assertEquals(-1, noted(zeroed(0, 0)));
    assertEquals(-1, noted(zeroed(1024, 1536)));
    assertEquals(-1, noted(zeroed(FROM, TO)));
  }

  @Test
  void whatIsBesideTheRangeMustNot() {
    assertEquals(1, noted(zeroed(FROM - 1, TO)));
    assertEquals(3, noted(zeroed(FROM, TO + 1)));
    assertEquals(2, noted(zeroed(FROM, 1500)), "a sector changes as a whole");
    assertEquals(0, noted(zeroed(0, 512)));
  }
}
