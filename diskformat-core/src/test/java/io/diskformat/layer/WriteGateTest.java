package io.diskformat.layer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.diskformat.ImageClosedException;
import io.diskformat.device.UnitLocks;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

final class WriteGateTest {

  /** Each of them has its locks by the time that it is refused, and others wait for those. */
  @Test
  void whoeverIsRefusedKeepsNoLock() throws Exception {
    WriteGate gate = new WriteGate("image", 16);
    gate.enterAlone();
    gate.end();
    gate.leaveAlone();
    long one = gate.locksOf(0, 1);
    List<Executable> entering =
        List.of(
            () -> gate.enterInPlace(one),
            () -> gate.enterChange(one),
            gate::enterFlush,
            gate::enterAlone);
    for (Executable first : entering) {
      assertEquals(
          "image: already closed", assertThrows(ImageClosedException.class, first).getMessage());
      assertNotEquals(UnitLocks.BUSY, gate.stamps(UnitLocks.ALL));
      // In a thread of its own.
      assertTimeoutPreemptively(
          Duration.ofMinutes(1),
          () -> {
            for (Executable next : entering) {
              assertThrows(ImageClosedException.class, next);
            }
          });
    }
  }
}
