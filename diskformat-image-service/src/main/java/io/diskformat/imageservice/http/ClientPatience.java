package io.diskformat.imageservice.http;

import java.time.Duration;

/**
 * How long a server waits for a client.
 *
 * @param silence after how long a client is given up that neither sends nor takes anything
 * @param grace how long a client may be as slow as it likes, in all that it was waited for
 * @param bytesPerSecond the least that a client must send, or take, after that
 */
public record ClientPatience(Duration silence, Duration grace, long bytesPerSecond) {
  /** Returns the usual patience: a minute of silence, and 1 KiB/s after half a minute. */
  public static ClientPatience usual() {
    return new ClientPatience(Duration.ofMinutes(1), Duration.ofSeconds(30), 1 << 10);
  }
}
