package io.diskformat.inside.ext;

/** Numbers other than 0, kept with no object for each. For one thread. */
final class NumberSet {
  private static final int FIRST_CAPACITY = 16;
  private static final long SPREAD = 0x9E37_79B9_7F4A_7C15L;

  private long[] slots = new long[FIRST_CAPACITY];
  private int size;

  /** Adds a number, and returns whether it was not there. */
  boolean add(long number) {
    if (!put(slots, number)) {
      return false;
    }
    size++;
    if (size > slots.length / 2) {
      long[] larger = new long[slots.length * 2];
      for (long each : slots) {
        if (each != 0) {
          boolean fresh = put(larger, each);
          assert fresh;
        }
      }
      slots = larger;
    }
    return true;
  }

  private static boolean put(long[] into, long number) {
    int index = (int) ((number * SPREAD) >>> Integer.SIZE) & (into.length - 1);
    while (into[index] != 0) {
      if (into[index] == number) {
        return false;
      }
      index = (index + 1) & (into.length - 1);
    }
    into[index] = number;
    return true;
  }
}
