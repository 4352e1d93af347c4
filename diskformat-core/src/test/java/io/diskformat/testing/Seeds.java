package io.diskformat.testing;

import java.util.concurrent.ThreadLocalRandom;

/**
 * Seeds of tests that do random things. Each is printed, so that what failed can be done again:
 * {@code -Ddiskformat.seed=N}.
 */
public final class Seeds {
  private static final String PROPERTY = "diskformat.seed";

  private Seeds() {}

  /** Returns the seed that the caller of the tests gave or, without one, another each time. */
  public static long of(Class<?> test) {
    Long given = Long.getLong(PROPERTY);
    long seed = given != null ? given : ThreadLocalRandom.current().nextLong(1_000_000_000_000L);
    System.out.println(test.getSimpleName() + ": " + toRepeat(seed));
    return seed;
  }

  /** Returns the text by which a failure message tells the seed. */
  public static String toRepeat(long seed) {
    return "-D" + PROPERTY + "=" + seed;
  }
}
