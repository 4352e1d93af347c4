package io.diskformat.luks;

import io.diskformat.crypto.CipherSpec;
import io.diskformat.crypto.HashAlgorithm;

/**
 * The parameters of a new header.
 *
 * @param cipherName as the header spells it
 * @param modeText mode and initialization vectors, as the header spells them
 * @param cipher how the disk and the key slots are encrypted
 * @param hash by which a passphrase becomes a key
 * @param millis the time that trying a passphrase is to take, in milliseconds
 */
public record LuksParameters(
    String cipherName, String modeText, CipherSpec cipher, HashAlgorithm hash, long millis) {

  /** The alignment of what follows the header, in bytes. */
  private static final int ALIGNMENT = 4096;

  /** Returns where the material of a key slot is, from the start of the header, in bytes. */
  long material(int slot) {
    long each = LuksLayout.STRIPES * (long) cipher.keyBytes() + ALIGNMENT - 1 & -ALIGNMENT;
    return ALIGNMENT + slot * each;
  }

  /** Returns the length of the header and of all key slots, after which data begins, in bytes. */
  public long length() {
    return material(LuksLayout.SLOTS);
  }
}
