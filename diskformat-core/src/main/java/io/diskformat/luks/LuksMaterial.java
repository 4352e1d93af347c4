package io.diskformat.luks;

import io.diskformat.crypto.AntiForensic;
import io.diskformat.crypto.CipherSpec;
import io.diskformat.crypto.HashAlgorithm;
import io.diskformat.crypto.Pbkdf2;
import io.diskformat.crypto.SectorCipher;
import java.io.IOException;
import java.security.SecureRandom;
import java.util.Arrays;

/**
 * What a new key slot holds: the stripes of the disk's key, encrypted by a key that follows from a
 * passphrase.
 */
final class LuksMaterial {
  /** The least number of iterations, whatever time is allowed. */
  static final long LEAST_ITERATIONS = 1000;

  private LuksMaterial() {}

  /** Returns the length of a key's stripes, rounded up to whole sectors, in bytes. */
  static int wholeSectors(int keyBytes) {
    int length = LuksLayout.STRIPES * keyBytes;
    return length + LuksLayout.SECTOR - 1 & -LuksLayout.SECTOR;
  }

  /** Returns the number of iterations that take a time, for a key of {@code keyBytes}. */
  static long iterationsIn(HashAlgorithm hash, int keyBytes, long millis) throws IOException {
    long parts = Math.ceilDiv(keyBytes, hash.length());
    return Math.max(LEAST_ITERATIONS, Pbkdf2.roundsIn(hash, millis) / parts);
  }

  /**
   * Returns the encrypted stripes of a key.
   *
   * @param key the key of the disk
   * @param derivation makes the key of the slot from the passphrase
   */
  static byte[] of(
      byte[] key,
      byte[] passphrase,
      Pbkdf2 derivation,
      CipherSpec cipher,
      HashAlgorithm hash,
      SecureRandom random)
      throws IOException {
    byte[] stripes = AntiForensic.split(hash, key, LuksLayout.STRIPES, random);
    byte[] material = Arrays.copyOf(stripes, wholeSectors(key.length));
    byte[] slotKey = derivation.derive(passphrase, key.length);
    SectorCipher encrypting = cipher.keyed(slotKey);
    encrypting.encrypt(0, material, 0, material.length);
    encrypting.wipe();
    Arrays.fill(slotKey, (byte) 0);
    Arrays.fill(stripes, (byte) 0);
    return Arrays.copyOf(material, LuksLayout.STRIPES * key.length);
  }
}
