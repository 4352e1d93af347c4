package io.diskformat.testing;

import java.util.concurrent.ThreadLocalRandom;

/**
 * Seeds of random tests. Each is printed, so that {@code -Ddiskformat.seed=N} repeats a run that
 * failed.
 */
public final class Seeds {
  private static final String PROPERTY = "diskformat.seed";

  private Seeds() {}

  /**
   * Returns the seed that the system property gives or, without it, another each time; prints it.
   */
  public static long of(Class<?> test) {
    return of(test, ThreadLocalRandom.current().nextLong(1_000_000_000_000L));
  }

  /**
   * Returns the seed that the system property gives or, without it, the usual one; prints it. For
   * comparisons with another program that are bound to find new differences: those are looked for
   * by hand, and do not stop whoever changes something else.
   */
  public static long of(Class<?> test, long usual) {
    long seed = Long.getLong(PROPERTY, usual);
    System.out.println(test.getSimpleName() + ": " + toRepeat(seed));
    return seed;
  }

  /** Returns the option that repeats a run with a seed, for messages. */
  public static String toRepeat(long seed) {
    return "-D" + PROPERTY + "=" + seed;
  }
}
