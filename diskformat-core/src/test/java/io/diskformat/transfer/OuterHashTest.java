package io.diskformat.transfer;

import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Workers that wait for each other. */
final class OuterHashTest {
  /** A window that failed is never handed in, and whoever waited for it would wait for ever. */
  @Test
  void nobodyWaitsOnceAWorkerHasEnded() throws NoSuchAlgorithmException {
    OuterHash outer = new OuterHash(MessageDigest.getInstance("SHA-256"), 2);
    outer.takePlace();
    outer.end();
    assertTimeoutPreemptively(
        Duration.ofSeconds(20),
        () -> {
          for (int i = 0; i < 10_000; i++) {
            outer.takePlace();
          }
        });
  }
}
