package io.diskformat.transfer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

final class TurnsTest {
  private static final int WINDOWS = 8;

  /** Of those that wait, the one whose turn it is may have come last. */
  @Test
  void whoseTurnItIsGoesOnWhoeverElseWaits() {
    Turns turns = new Turns();
    List<Long> order = Collections.synchronizedList(new ArrayList<>());
    assertTimeoutPreemptively(
        Duration.ofMinutes(1),
        () -> {
          List<Thread> workers = new ArrayList<>();
          for (long window = WINDOWS; window > 0; window--) {
            long offset = window;
            Thread worker =
                Thread.ofPlatform()
                    .daemon()
                    .start(() -> {
                      if (isTurn(turns, offset)) {
                        order.add(offset);
                        turns.pass(offset + 1);
                      }
                    });
            while (worker.getState() != Thread.State.TIMED_WAITING) {
              Thread.onSpinWait();
            }
            workers.add(worker);
          }
          turns.pass(1);
          for (Thread worker : workers) {
            worker.join();
          }
        });
    assertEquals(LongStream.rangeClosed(1, WINDOWS).boxed().toList(), order);
  }

  private static boolean isTurn(Turns turns, long offset) {
    try {
      return turns.await(offset);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
