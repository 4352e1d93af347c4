package io.diskformat.maintenance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each place is counted once, whatever window it is in, and no count wraps. */
final class OwnerCountsTest {
  private static final int[] WIDTHS = {1, 2, 4, 8, 16, 32};

  @Property(tries = 300, edgeCases = EdgeCasesMode.NONE)
  void countsAsAMapDoes(@ForAll long seed) {
    Random random = new Random(seed);
    int places = 1 + random.nextInt(200);
    OwnerCounts counts = new OwnerCounts(places, WIDTHS[random.nextInt(WIDTHS.length)]);
    assertTrue(counts.nextWindow());
    Map<Long, Long> expected = new HashMap<>();
    for (int i = random.nextInt(300); i > 0; i--) {
      long first = random.nextInt(places + 20);
      long count = random.nextInt(5);
      long owners = random.nextInt(4) == 0 ? random.nextLong(1L << 40) : random.nextInt(3);
      counts.add(first, count, owners);
      for (long place = first; place < Math.min(places, first + count); place++) {
        long most = counts.most();
        expected.merge(place, Math.min(most, owners), (some, more) -> Math.min(most, some + more));
      }
    }
    for (long place = 0; place < places; place++) {
      assertEquals(expected.getOrDefault(place, 0L), counts.get(place));
    }
    assertFalse(counts.nextWindow());
  }

  @ParameterizedTest
  @CsvSource({"1, 67108864", "8, 8388608", "32, 2097152"})
  void windowsFollowOneAnother(int bits, long window) {
    long places = 2 * window + 5;
    long[] owned = {0, 1, window - 1, window, 2 * window - 1, 2 * window, places - 1};
    OwnerCounts counts = new OwnerCounts(places, bits);
    long end = 0;
    long found = 0;
    while (counts.nextWindow()) {
      assertEquals(end, counts.start());
      end = counts.end();
      assertTrue(end - counts.start() <= window);
      for (long place : owned) {
        assertEquals(place >= counts.start() && place < end, counts.covers(place));
        counts.add(place, 1);
      }
      // Across both ends of the window.
      counts.add(window - 2, window + 4, 1);
      for (long place : owned) {
        found += counts.covers(place) ? 1 : 0;
        boolean twice = place >= window - 2 && place < 2 * window + 2;
        if (counts.covers(place)) {
          assertEquals(Math.min(counts.most(), twice ? 2 : 1), counts.get(place));
        }
      }
    }
    assertEquals(places, end);
    assertEquals(owned.length, found);
  }

  /** As many windows as there are, each of which needs no more memory than the first. */
  @Test
  void moreThanAFileCanHaveNeedsNoMore() {
    OwnerCounts counts = new OwnerCounts(Long.MAX_VALUE, 32);
    assertTrue(counts.nextWindow());
    counts.add(Long.MAX_VALUE - 1, 1);
    counts.add(0, 1L << 40, 1);
    assertEquals(1, counts.get(counts.end() - 1));
    assertTrue(counts.nextWindow());
    assertEquals(0, counts.get(counts.start()));
  }

  @Test
  void ofNoPlacesThereIsNoWindow() {
    assertFalse(new OwnerCounts(0, 1).nextWindow());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 3, 64})
  void widthsArePowersOfTwo(int bits) {
    assertThrows(IllegalArgumentException.class, () -> new OwnerCounts(1, bits));
  }
}
