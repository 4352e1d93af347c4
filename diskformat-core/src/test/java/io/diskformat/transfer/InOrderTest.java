package io.diskformat.transfer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Workers that wait for each other. */
final class InOrderTest {
  /** A window that failed is never handed in, and whoever waited for it would wait for ever. */
  @Test
  void nobodyWaitsOnceAWorkerHasEnded() throws IOException {
    InOrder<String> order = new InOrder<>(2, (_, _) -> true);
    order.takePlace();
    order.end();
    assertTimeoutPreemptively(
        Duration.ofSeconds(20),
        () -> {
          for (int i = 0; i < 10_000; i++) {
            order.takePlace();
          }
        });
  }

  @Test
  void bringsPartsIntoOrderAndEndsWhenTheSinkIsFull() throws IOException {
    List<String> taken = new ArrayList<>();
    InOrder<String> order =
        new InOrder<>(
            1,
            (_, made) -> {
              taken.add(made);
              return taken.size() < 3;
            });
    assertTrue(order.add(Window.ofZeroes(10, 5), "second"));
    assertTrue(order.add(Window.ofZeroes(20, 5), "fourth"));
    assertEquals(List.of(), taken);
    assertTrue(order.add(Window.ofZeroes(0, 10), "first"));
    assertEquals(List.of("first", "second"), taken);
    assertFalse(order.add(Window.ofZeroes(15, 5), "third"));
    assertEquals(List.of("first", "second", "third"), taken);
    assertFalse(order.add(Window.ofZeroes(25, 5), "fifth"));
    assertEquals(3, taken.size());
  }
}
