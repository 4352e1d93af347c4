package io.diskformat.cli;

import io.diskformat.ProgressListener;
import io.diskformat.transfer.RatedProgress;
import io.diskformat.transfer.RatedProgress.Report;
import java.io.IOException;
import java.time.Duration;

/**
 * Shows the progress of an engine until it is closed: as qemu-img does, and on a screen also how
 * fast it is and how long it will take.
 */
final class Progress implements ProgressListener, AutoCloseable {
  /** In percent; more frequent updates would only cost time. */
  private static final double STEP = 1;

  /** How long the same percentage is shown before the rate is shown anew. */
  private static final Duration PERIOD = Duration.ofSeconds(1);

  private final Terminal terminal;
  private final boolean shown;
  private final boolean besideResult;
  private final boolean rated;
  private final RatedProgress progress = new RatedProgress(this::show);
  private double last = Double.NEGATIVE_INFINITY;
  private Duration lastTime = Duration.ZERO;

  /** The longest line so far, which a shorter one is to cover. */
  private int width;

  private Progress(Terminal terminal, boolean shown, boolean besideResult) {
    this.terminal = terminal;
    this.shown = shown;
    this.besideResult = besideResult;
    this.rated = shown && terminal.isScreen(besideResult);
    progress(0, 1);
  }

  /**
   * Begins to show progress on the standard output, as qemu-img does.
   *
   * @param shown whether anything is to be shown at all
   */
  Progress(Terminal terminal, boolean shown) {
    this(terminal, shown, false);
  }

  /**
   * Begins to show progress on the standard error, as the standard output has the verb's result.
   *
   * @param shown whether anything is to be shown at all
   */
  static Progress besideResult(Terminal terminal, boolean shown) {
    return new Progress(terminal, shown, true);
  }

  @Override
  public void progress(long done, long total) {
    if (shown) {
      progress.progress(done, total);
    }
  }

  private void show(Report report) {
    double percent = ProgressText.percent(report);
    boolean notable =
        percent >= last + STEP
            || (percent >= 100 && last < 100)
            || (rated && report.elapsed().compareTo(lastTime.plus(PERIOD)) > 0);
    if (!notable) {
      return;
    }
    last = percent;
    lastTime = report.elapsed();
    String text = rated ? ProgressText.rated(report) : ProgressText.plain(report);
    // In qemu-img's text lines only become longer.
    String rest = " ".repeat(Math.max(0, width - text.length()));
    width = text.length();
    try {
      write(text + rest + "\r");
    } catch (IOException e) {
      // An engine calls this, and must go on; whether output arrives is seen when there is a
      // result.
    }
  }

  private void write(String text) throws IOException {
    if (besideResult) {
      terminal.aside(text);
    } else {
      terminal.print(text);
      terminal.flush();
    }
  }

  /** Ends the line, if there is one, and flushes it, as no other output may follow. */
  @Override
  public void close() throws IOException {
    if (shown) {
      write("\n");
    }
  }
}
