package io.diskformat.crypto;

import com.google.common.collect.ImmutableSet;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** A block cipher: its name in a LUKS header, and the keys that it takes. */
public enum CipherAlgorithm {
  /** AES, by the JDK. */
  AES(16, ImmutableSet.of(16, 24, 32)),
  /** Serpent, by Bouncy Castle. */
  SERPENT(16, ImmutableSet.of(16, 24, 32)),
  /** Twofish, by Bouncy Castle. */
  TWOFISH(16, ImmutableSet.of(16, 24, 32)),
  /** CAST-128, by Bouncy Castle. */
  CAST5(8, ImmutableSet.of(16));

  private final int blockSize;
  private final ImmutableSet<Integer> keyBytes;

  CipherAlgorithm(int blockSize, ImmutableSet<Integer> keyBytes) {
    this.blockSize = blockSize;
    this.keyBytes = keyBytes;
  }

  /** Returns the cipher that a LUKS header names, or empty if there is none. */
  public static Optional<CipherAlgorithm> named(String name) {
    return Arrays.stream(values()).filter(a -> a.label().equals(name)).findFirst();
  }

  /** Returns the name in a LUKS header. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Returns the size of a block, in bytes. */
  public int blockSize() {
    return blockSize;
  }

  /** Returns whether the cipher has keys of a length, in bytes. */
  public boolean takesKeyOf(int bytes) {
    return keyBytes.contains(bytes);
  }

  /** Returns whether the library that computes it is installed: Bouncy Castle, for all but AES. */
  boolean isAvailable() {
    try {
      var _ = keyed(new byte[keyBytes.iterator().next()]);
      return true;
    } catch (NoClassDefFoundError e) {
      return false;
    }
  }

  /** Returns the cipher with a key, of which it keeps no reference. */
  BlockCipher keyed(byte[] key) {
    return switch (this) {
      case AES -> new AesCipher(key);
      case SERPENT -> BouncyCastleCipher.serpent(key);
      case TWOFISH -> BouncyCastleCipher.twofish(key);
      case CAST5 -> BouncyCastleCipher.cast5(key);
    };
  }
}
