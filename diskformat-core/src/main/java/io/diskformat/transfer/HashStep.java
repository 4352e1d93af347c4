package io.diskformat.transfer;

import io.diskformat.BlockDevice;
import java.io.IOException;

/** Computes the checksums of the blocks of one window at a time. Each worker has its own. */
final class HashStep implements Crew.Step {
  private final BlockDevice device;
  private final WindowQueue windows;
  private final OuterHash outer;
  private final Progress progress;
  private final WindowSums sums;

  HashStep(
      BlockDevice device,
      WindowQueue windows,
      BlockAlgorithm algorithm,
      OuterHash outer,
      Progress progress) {
    this.device = device;
    this.windows = windows;
    this.outer = outer;
    this.progress = progress;
    this.sums = new WindowSums(algorithm, WindowCursor.UNIT);
  }

  @Override
  public boolean run() throws IOException {
    boolean handedIn = false;
    outer.takePlace();
    try {
      Window window = windows.next();
      if (window != null) {
        outer.add(window, sums.of(window, device::read));
        handedIn = true;
        progress.add(window.length());
      }
    } finally {
      if (!handedIn) {
        outer.end();
      }
    }
    return handedIn;
  }
}
