package io.diskformat.cli;

import io.diskformat.ProgressListener;
import java.io.IOException;
import java.util.Locale;

/** Shows how far an engine has come, in the manner of qemu-img, until it is closed. */
final class Progress implements ProgressListener, AutoCloseable {
  /** In parts of a hundred; more often would only cost time. */
  private static final double STEP = 1;

  private final Terminal terminal;
  private final boolean shown;
  private double last = Double.NEGATIVE_INFINITY;

  /**
   * Shows that nothing is done yet.
   *
   * @param shown whether anything is to be shown at all
   */
  Progress(Terminal terminal, boolean shown) {
    this.terminal = terminal;
    this.shown = shown;
    progress(0, 1);
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
      terminal.print(String.format(Locale.ROOT, "    (%3.2f/100%%)\r", percent));
      terminal.flush();
    } catch (IOException e) {
      // It is the engine that calls. Whether output arrives is seen when there is some that counts.
    }
  }

  /** Ends the line, if there is one. */
  @Override
  public void close() throws IOException {
    if (shown) {
      terminal.print("\n");
    }
  }
}
