package io.diskformat.storage;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The kernel begins early to write what is complete, and nothing else. */
final class WriteBehindTest {
  private static final long STEP = WriteBehind.STEP;

  private final List<Long> ends = new ArrayList<>();
  private long begun;
  private final WriteBehind behind = new WriteBehind(this::start);

  /** Each range begins where the last one ended. */
  private void start(long position, long length) {
    assertEquals(begun, position);
    begun += length;
    ends.add(begun);
  }

  @Test
  void allButTheLastStepsIsBegun() {
    long piece = STEP / 4;
    for (long at = 0; at < 10 * STEP; at += piece) {
      behind.written(at, piece);
      // The step that is being written, and the one before it, may not be complete.
      assertEquals(Math.max(0, (at + piece) / STEP - 1) * STEP, begun);
    }
    assertEquals(9 * STEP, begun);
    assertEquals(10, ends.size());
  }

  @Test
  void whatIsWrittenElsewhereIsNoReasonToBegin() {
    behind.written(5 * STEP, STEP);
    assertEquals(5 * STEP, begun);
    Random random = new Random(1);
    for (int i = 0; i < 100; i++) {
      behind.written(random.nextLong(6 * STEP), 1);
    }
    assertEquals(1, ends.size());
  }
}
