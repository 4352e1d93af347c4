package io.diskformat.layer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.Extent;
import io.diskformat.testing.StallingStorage;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/**
 * Accesses to a block that nobody writes, held up between their steps while the table that says
 * where it is moves, and the table's old place comes to hold another block. No lock tells of that.
 */
final class SecondLookTest {
  private static final int BLOCK = TinyDisk.BLOCK;

  /** What is done to the block; returns whether it did what it should. */
  @FunctionalInterface
  private interface Access {
    boolean to(TinyDisk disk) throws Exception;
  }

  private static byte[] filled(int value) {
    byte[] block = new byte[BLOCK];
    Arrays.fill(block, (byte) value);
    return block;
  }

  /** A block that, as a part of the table, says that a block is at a place. */
  private static byte[] entries(int place) {
    return ByteBuffer.allocate(BLOCK)
        .putLong((long) place * BLOCK)
        .putLong((long) place * BLOCK)
        .array();
  }

  private static int atEachStep(boolean announces, Access access) throws Exception {
    int steps = 0;
    for (int place = 0; place <= 4; place++) {
      steps = Math.max(steps, atEachStep(announces, place, access));
    }
    return steps;
  }

  /**
   * Holds an access up at each of its steps.
   *
   * @param announces whether the epoch shows that places are used again
   * @param place what the other block, taken for a part of the table, would say
   * @return how many steps it has
   */
  private static int atEachStep(boolean announces, int place, Access access) throws Exception {
    for (int step = 0; ; step++) {
      StallingStorage storage = new StallingStorage(TinyDisk.emptyStorage(), null);
      TinyDisk disk = TinyDisk.on(storage, announces);
      disk.write(0, filled(7));
      disk.flush();
      storage.stallAfter(
          step,
          true,
          () -> {
            disk.flush();
            disk.discard(BLOCK, BLOCK);
            disk.write(BLOCK, entries(place));
            disk.flush();
            disk.discard(BLOCK, BLOCK);
            disk.write(BLOCK, entries(place));
          });
      boolean right = access.to(disk);
      if (!storage.happened()) {
        return step;
      }
      String when = "held up at step " + step + ", place " + place;
      assertTrue(right, when);
      byte[] other = new byte[BLOCK];
      disk.read(BLOCK, other);
      assertArrayEquals(entries(place), other, when);
    }
  }

  private static boolean reads(TinyDisk disk) throws Exception {
    byte[] found = new byte[BLOCK];
    disk.read(0, found);
    return Arrays.equals(filled(7), found);
  }

  private static boolean tellsExtents(TinyDisk disk) throws Exception {
    return disk.extents(0, BLOCK).next().kind() == Extent.Kind.DATA;
  }

  private static boolean overwrites(TinyDisk disk) throws Exception {
    disk.write(0, filled(9));
    byte[] found = new byte[BLOCK];
    disk.read(0, found);
    return Arrays.equals(filled(9), found);
  }

  /** Writes nothing where it finds that there are zeroes. */
  private static boolean zeroesAPart(TinyDisk disk) throws Exception {
    disk.writeZeroes(0, 8);
    byte[] found = new byte[BLOCK];
    disk.read(0, found);
    byte[] expected = filled(7);
    Arrays.fill(expected, 0, 8, (byte) 0);
    return Arrays.equals(expected, found);
  }

  @Test
  void whoZeroesAPartKnowsWhatIsThere() throws Exception {
    assertTrue(atEachStep(true, SecondLookTest::zeroesAPart) >= 4);
  }

  @Test
  void aReaderLooksAgain() throws Exception {
    assertTrue(atEachStep(true, SecondLookTest::reads) >= 4);
  }

  @Test
  void whoAsksForExtentsLooksAgain() throws Exception {
    assertEquals(2, atEachStep(true, SecondLookTest::tellsExtents));
  }

  @Test
  void whoOverwritesInPlaceLooksAgain() throws Exception {
    assertTrue(atEachStep(true, SecondLookTest::overwrites) >= 2);
  }

  /** So it is the second look that does it. */
  @Test
  void whoIsNotToldReadsSomethingElse() {
    assertThrows(AssertionError.class, () -> atEachStep(false, SecondLookTest::reads));
    assertThrows(AssertionError.class, () -> atEachStep(false, SecondLookTest::tellsExtents));
  }
}
