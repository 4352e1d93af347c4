package io.diskformat.imageservice;

import java.util.List;

/**
 * What a check of an image's stored data found.
 *
 * @param image its id
 * @param problems what is wrong, in sentences; empty if the data is as it came
 * @param damaged which bytes of the file are not what they were, in order; empty also if that is
 *     not known
 */
public record ImageReport(String image, List<String> problems, List<Range> damaged) {
  /** Makes copies of the lists. */
  public ImageReport {
    problems = List.copyOf(problems);
    damaged = List.copyOf(damaged);
  }

  /**
   * Some bytes.
   *
   * @param start the first one's position, in bytes
   * @param end of the one behind the last
   */
  public record Range(long start, long end) {}

  /** Returns whether the data is as it came. */
  public boolean isIntact() {
    return problems.isEmpty();
  }
}
