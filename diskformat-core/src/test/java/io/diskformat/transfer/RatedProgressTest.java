package io.diskformat.transfer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class RatedProgressTest {
  private static final long SECOND = 1_000_000_000L;

  private long now = 5 * SECOND;
  private RatedProgress.Report report =
      new RatedProgress.Report(0, 0, 0, Duration.ZERO, Optional.empty());

  @Test
  void rateAndTimeLeft() {
    RatedProgress progress = new RatedProgress(last -> report = last, () -> now);
    progress.progress(10, 1000);
    assertEquals(new RatedProgress.Report(10, 1000, 0, Duration.ZERO, Optional.empty()), report);
    now += SECOND;
    progress.progress(100, 1000);
    assertEquals(100, report.bytesPerSecond());
    assertEquals(Optional.of(Duration.ofSeconds(9)), report.left());
    now += SECOND;
    progress.progress(300, 1000);
    assertEquals(130, report.bytesPerSecond());
    assertEquals(Duration.ofSeconds(2), report.elapsed());
    now += SECOND / 10;
    progress.progress(1000, 1000);
    assertEquals(Optional.of(Duration.ZERO), report.left());
  }
}
