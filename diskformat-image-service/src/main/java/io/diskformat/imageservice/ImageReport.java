package io.diskformat.imageservice;

import java.util.List;
import java.util.Optional;

/**
 * What a check of an image's stored data found.
 *
 * @param image its id
 * @param problems what is wrong, in sentences; empty if the data is as it came
 * @param damaged which bytes of the file are not what they were, in order; empty also if that is
 *     not known
 * @param damagedDisk which bytes of the disk in it are not what they were, in order; empty if what
 *     is damaged is no part of the disk; nothing if the data is as it came, or that is not known,
 *     as there is no manifest
 * @param notChecked what could not be checked, and why, in sentences: a store that fails, of those
 *     that have the data; empty if all was checked
 */
public record ImageReport(
    String image,
    List<String> problems,
    List<Range> damaged,
    Optional<List<Range>> damagedDisk,
    List<String> notChecked) {
  /** Makes copies of the lists. */
  public ImageReport {
    problems = List.copyOf(problems);
    damaged = List.copyOf(damaged);
    damagedDisk = damagedDisk.map(List::copyOf);
    notChecked = List.copyOf(notChecked);
  }

  /**
   * Some bytes.
   *
   * @param start the first one's position, in bytes
   * @param end of the one behind the last
   */
  public record Range(long start, long end) {}

  /** Returns whether all of the data was checked, and is as it came. */
  public boolean isIntact() {
    return problems.isEmpty() && notChecked.isEmpty();
  }

  /** Returns whether something is wrong, as far as the data was checked. */
  public boolean isDamaged() {
    return !problems.isEmpty();
  }
}
