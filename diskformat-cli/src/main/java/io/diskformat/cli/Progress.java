package io.diskformat.cli;

import io.diskformat.ProgressListener;
import java.io.IOException;
import java.util.Locale;

/** Shows the progress of an engine as qemu-img does, until it is closed. */
final class Progress implements ProgressListener, AutoCloseable {
  /** In percent; more frequent updates would only cost time. */
  private static final double STEP = 1;

  private final Terminal terminal;
  private final boolean shown;
  private final boolean besideResult;
  private double last = Double.NEGATIVE_INFINITY;

  private Progress(Terminal terminal, boolean shown, boolean besideResult) {
    this.terminal = terminal;
    this.shown = shown;
    this.besideResult = besideResult;
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
    double percent = total == 0 ? 100 : 100.0 * done / total;
    boolean notable = percent >= last + STEP || (percent >= 100 && last < 100);
    if (!shown || !notable) {
      return;
    }
    last = percent;
    try {
      write(String.format(Locale.ROOT, "    (%3.2f/100%%)\r", percent));
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
