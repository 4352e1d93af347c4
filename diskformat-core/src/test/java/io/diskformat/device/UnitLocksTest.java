package io.diskformat.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

final class UnitLocksTest {
  @Test
  void aRangeHasTheLockOfEachOfItsUnits() {
    for (long first : new long[] {0, 1, 63, 64, 1000, (1L << 40) + 5}) {
      for (int units = 1; units <= 200; units++) {
        long locks = UnitLocks.of(first, first + units - 1);
        for (long unit = first; unit < first + units; unit++) {
          assertEquals(UnitLocks.of(unit, unit), locks & UnitLocks.of(unit, unit));
        }
        assertEquals(Math.min(units, 64), Long.bitCount(locks));
      }
    }
  }

  @Test
  void stampsTellThatAnyOfTheLocksWasHeld() {
    UnitLocks locks = new UnitLocks();
    for (int unit = 0; unit < 64; unit++) {
      long one = UnitLocks.of(unit, unit);
      long before = locks.stamps(UnitLocks.ALL);
      long ofOthers = locks.stamps(~one);
      locks.lockExclusive(one);
      assertEquals(UnitLocks.BUSY, locks.stamps(UnitLocks.ALL));
      assertEquals(ofOthers, locks.stamps(~one));
      locks.unlockExclusive(one);
      assertNotEquals(before, locks.stamps(UnitLocks.ALL));
      assertTrue(locks.stamps(UnitLocks.ALL) > before);
      // Who only reads changes nothing.
      long after = locks.stamps(UnitLocks.ALL);
      locks.lockShared(one);
      assertEquals(after, locks.stamps(UnitLocks.ALL));
      locks.unlockShared(one);
    }
  }
}
