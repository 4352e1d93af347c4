package io.diskformat.cli;

import io.diskformat.transfer.RatedProgress.Report;
import java.time.Duration;
import java.util.Locale;

/** What is shown of progress: the percentage as qemu-img does and, on a screen, how fast it is. */
final class ProgressText {
  private static final int SECONDS_IN_MINUTE = 60;

  private ProgressText() {}

  /** Returns how far something is, of a hundred. */
  static double percent(Report report) {
    return report.total() == 0 ? 100 : 100.0 * report.done() / report.total();
  }

  /** Returns the text of qemu-img, without an end of the line. */
  static String plain(Report report) {
    return "    (" + Sizes.hundredths(percent(report)) + "/100%)";
  }

  /**
   * Returns that text with the rate and the time that is left, as far as they are known; of what is
   * done, how long it took.
   */
  static String rated(Report report) {
    StringBuilder text = new StringBuilder(plain(report));
    if (report.bytesPerSecond() > 0) {
      text.append("  ").append(Sizes.human(report.bytesPerSecond())).append("/s");
    }
    if (report.done() == report.total()) {
      text.append("  ").append(clock(report.elapsed())).append(" in all");
    } else {
      report.left().ifPresent(left -> text.append("  ").append(clock(left)).append(" left"));
    }
    return text.toString();
  }

  /** Returns a time as hours, if there are any, minutes and seconds. */
  private static String clock(Duration time) {
    long minutes = time.toMinutes();
    long hours = time.toHours();
    int seconds = time.toSecondsPart();
    return hours == 0
        ? String.format(Locale.ROOT, "%d:%02d", minutes, seconds)
        : String.format(Locale.ROOT, "%d:%02d:%02d", hours, minutes % SECONDS_IN_MINUTE, seconds);
  }
}
