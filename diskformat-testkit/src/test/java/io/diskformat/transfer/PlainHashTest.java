package io.diskformat.transfer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.diskformat.transfer.Tests.CheckingListener;
import java.io.IOException;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class PlainHashTest {
  private static final int MIB = 1 << 20;

  @AfterEach
  void noWorkerIsLeft() {
    Tests.assertNoWorkers();
  }

  @Property(tries = 30, shrinking = ShrinkingMode.OFF)
  void isThatOfAllBytesInOrder(@ForAll long seed) throws Exception {
    Random random = new Random(seed);
    SyntheticDevice device = SyntheticDevice.random(random);
    byte[] bytes = device.expected(0, Math.toIntExact(device.size()));
    byte[] expected = MessageDigest.getInstance("SHA-256").digest(bytes);
    CheckingListener listener = new CheckingListener();
    PlainHash hash = PlainHash.sha256().workers(1 + random.nextInt(4)).progress(listener);
    assertArrayEquals(expected, hash.of(device), () -> "of " + device);
    listener.assertDone(device.size());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 511, 65536, 2 * MIB - 1, 2 * MIB, 2 * MIB + 1, 70 * MIB + 3})
  void anySize(int size) throws Exception {
    byte[] bytes = new byte[size];
    MessageDigest digest = MessageDigest.getInstance("SHA-512");
    PlainHash hash = PlainHash.algorithm("SHA-512");
    assertArrayEquals(digest.digest(bytes), hash.of(SyntheticDevice.builder().hole(size).build()));
    new Random(size).nextBytes(bytes);
    assertArrayEquals(digest.digest(bytes), hash.of(SyntheticDevice.ofData(bytes)));
  }

  @Test
  void zeroesAreNotRead() throws IOException {
    SyntheticDevice device =
        SyntheticDevice.builder()
            .hole(64 * MIB)
            .build()
            .with((offset, length) -> {
              throw new AssertionError("read at " + offset);
            });
    assertEquals(32, PlainHash.sha256().of(device).length);
  }

  /** Those that wait for the one that failed must not wait for ever. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 8})
  void failureIsTold(int workers) {
    IOException failure = new IOException("made up");
    CountDownLatch othersRead = new CountDownLatch(workers - 1);
    SyntheticDevice device =
        SyntheticDevice.builder()
            .data(80 * MIB, new Random(4))
            .build()
            .with((offset, length) -> {
              if (offset == 4 * MIB) {
                awaitQuietly(othersRead);
                throw failure;
              } else if (offset > 4 * MIB) {
                othersRead.countDown();
              }
            });
    PlainHash hash = PlainHash.sha256().workers(workers);
    assertTimeoutPreemptively(
        Duration.ofSeconds(60),
        () -> assertSame(failure, assertThrows(IOException.class, () -> hash.of(device))));
    assertFalse(device.closed);
  }

  @Test
  void interruptEndsIt() throws Exception {
    CountDownLatch underWay = new CountDownLatch(1);
    SyntheticDevice device =
        SyntheticDevice.builder()
            .data(4 * MIB, new Random(5))
            .build()
            .with((offset, length) -> underWay.countDown());
    // Again and again, so that it is under way whenever the interrupt comes.
    Tests.assertInterruptible(
        underWay,
        () -> {
          while (true) {
            assertEquals(32, PlainHash.sha256().of(device).length);
          }
        });
  }

  @Test
  void refusesWhatMakesNoSense() {
    assertThrows(IllegalArgumentException.class, () -> PlainHash.algorithm("crc"));
    assertThrows(IllegalArgumentException.class, () -> PlainHash.sha256().workers(0));
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError("an interrupt reached a worker", e);
    }
  }
}
