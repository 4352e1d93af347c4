package io.diskformat.crypto;

import java.io.InterruptedIOException;
import java.util.Arrays;

/** Derives a key from a passphrase: PBKDF2 of RFC 8018, made slow on purpose. */
public final class Pbkdf2 {
  /** The number of iterations between two checks for an interrupt. */
  private static final int PATIENCE = 1 << 16;

  private static final long NANOS = 1_000_000;

  /** How long to count rounds in order to learn how fast they are, in milliseconds. */
  private static final long LONGEST_TRIAL = 200;

  /** The least length of a trial once the speed is roughly known, in milliseconds. */
  private static final long SHORTEST_TRIAL = 2;

  private final HashAlgorithm hash;
  private final byte[] salt;
  private final long iterations;

  /**
   * Creates a derivation.
   *
   * @param iterations at least 1
   */
  public Pbkdf2(HashAlgorithm hash, byte[] salt, long iterations) {
    this.hash = hash;
    this.salt = salt.clone();
    this.iterations = iterations;
  }

  /** Returns how often the keyed hash is computed for a key of {@code keyBytes}. */
  public long rounds(int keyBytes) {
    return Math.multiplyExact(iterations, (long) Math.ceilDiv(keyBytes, hash.length()));
  }

  /**
   * Returns a key, which the caller wipes.
   *
   * @param passphrase as bytes
   * @param keyBytes the length of the key
   * @throws InterruptedIOException if the calling thread is interrupted meanwhile
   */
  public byte[] derive(byte[] passphrase, int keyBytes) throws InterruptedIOException {
    byte[] key = new byte[keyBytes];
    Hash mac = hash.hmac(passphrase);
    for (int block = 0; block * hash.length() < keyBytes; block++) {
      byte[] part = block(mac, block + 1);
      int at = block * hash.length();
      System.arraycopy(part, 0, key, at, Math.min(part.length, keyBytes - at));
      Arrays.fill(part, (byte) 0);
    }
    return key;
  }

  private byte[] block(Hash mac, int number) throws InterruptedIOException {
    mac.update(salt, 0, salt.length);
    mac.update(BigEndian.bytes(number), 0, Integer.BYTES);
    byte[] last = mac.finish();
    byte[] result = last.clone();
    for (long i = 1; i < iterations; i++) {
      mac.update(last, 0, last.length);
      last = mac.finish();
      for (int at = 0; at < result.length; at++) {
        result[at] ^= last[at];
      }
      if (i % PATIENCE == 0 && Thread.currentThread().isInterrupted()) {
        throw new InterruptedIOException("interrupted while a key was derived from a passphrase");
      }
    }
    Arrays.fill(last, (byte) 0);
    return result;
  }

  /**
   * Returns how many rounds this machine computes in a time, at least 1000. Takes the speed of the
   * fastest trial, so that a key that is made on a busy machine is no easier to guess.
   *
   * @param millis the time, in milliseconds
   * @throws InterruptedIOException if the calling thread is interrupted
   */
  public static long roundsIn(HashAlgorithm hash, long millis) throws InterruptedIOException {
    byte[] nothing = new byte[32];
    long rounds = 1 << 10;
    double most = 0;
    long end = System.nanoTime() + Math.min(millis, LONGEST_TRIAL) * NANOS;
    do {
      long start = System.nanoTime();
      byte[] _ = new Pbkdf2(hash, nothing, rounds).derive(nothing, hash.length());
      long nanos = Math.max(1, System.nanoTime() - start);
      most = Math.max(most, (double) rounds * NANOS / nanos);
      if (nanos < SHORTEST_TRIAL * NANOS) {
        rounds *= 2;
      }
    } while (System.nanoTime() - end < 0);
    return Math.max(1000, (long) Math.min(most * millis, Integer.MAX_VALUE));
  }
}
