package io.diskformat.crypto;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Makes the initialization vectors of sectors: their numbers with the lowest byte first, padded by
 * zeroes. Kind "plain" has 32 bits of the number, "plain64" all, and "essiv" encrypts that with the
 * hash of the key. Not thread-safe.
 */
final class IvGenerator {
  private final long mask;
  private final @Nullable BlockCipher encrypting;

  private IvGenerator(long mask, @Nullable BlockCipher encrypting) {
    this.mask = mask;
    this.encrypting = encrypting;
  }

  static IvGenerator plain() {
    return new IvGenerator(0xffff_ffffL, null);
  }

  static IvGenerator plain64() {
    return new IvGenerator(-1, null);
  }

  static IvGenerator essiv(BlockCipher cipher) {
    return new IvGenerator(-1, cipher);
  }

  /**
   * Writes the vectors of some sectors, one after the other.
   *
   * @param first the number of the first sector
   * @param size the size of a vector, in bytes
   */
  void fill(long first, int sectors, byte[] vectors, int size) {
    Arrays.fill(vectors, 0, sectors * size, (byte) 0);
    for (int i = 0; i < sectors; i++) {
      SectorCipher.LONGS.set(vectors, i * size, first + i & mask);
    }
    if (encrypting != null) {
      encrypting.encrypt(vectors, 0, sectors * size);
    }
  }

  void wipe() {
    if (encrypting != null) {
      encrypting.wipe();
    }
  }
}
