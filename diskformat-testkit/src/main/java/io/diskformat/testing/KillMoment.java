package io.diskformat.testing;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;

/**
 * When a process with one thread is killed: at any time, or within the next step of some kind. How
 * long such a step takes is learned from those that came before.
 */
final class KillMoment implements KilledProcess.Moment {
  /** Nanoseconds that a step takes if none of its kind was seen before. */
  private static final long UNKNOWN_NANOS = 10_000_000;

  private final Durations durations;
  private final Random random;
  private final String target;
  private final int earliest;
  private int lines;
  private String step = "";
  private long begun;

  /** How long steps took, in nanoseconds, by their names. */
  static final class Durations {
    private final Map<String, Long> last = new HashMap<>();
  }

  /**
   * Creates a moment.
   *
   * @param target the step to hit, or an empty string for any
   * @param earliest the least number of lines before
   */
  KillMoment(Durations durations, Random random, String target, int earliest) {
    this.durations = durations;
    this.random = random;
    this.target = target;
    this.earliest = earliest;
  }

  @Override
  public long after(String line) {
    long now = System.nanoTime();
    String begins = KillHits.begun(line);
    if (!begins.isEmpty()) {
      step = begins;
      begun = now;
    } else if (line.endsWith(" .") && !step.isEmpty()) {
      durations.last.put(step, now - begun);
      step = "";
    }
    if (++lines < earliest || !(target.isEmpty() || begins.equals(target))) {
      return -1;
    }
    // Sometimes early, where most can go wrong; or a little late, so as to hit the end of a step.
    double part = Math.pow(random.nextDouble(), random.nextInt(3) == 0 ? 4 : 1);
    return (long) (1.2 * part * durations.last.getOrDefault(step, UNKNOWN_NANOS));
  }
}
