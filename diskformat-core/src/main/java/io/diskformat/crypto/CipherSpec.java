package io.diskformat.crypto;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How sectors are encrypted: cipher, mode and initialization vectors, as a LUKS header spells them,
 * {@code aes} and {@code xts-plain64} for example. Immutable.
 */
public final class CipherSpec {
  /** The modes, by their names in lower case. */
  private enum Mode {
    XTS,
    CBC,
    CTR,
    ECB
  }

  /** The kinds of initialization vectors, by their names in lower case. */
  private enum Vectors {
    PLAIN,
    PLAIN64,
    ESSIV
  }

  private final CipherAlgorithm algorithm;
  private final Mode mode;
  private final Vectors vectors;
  private final @Nullable HashAlgorithm vectorHash;
  private final int keyBytes;

  private CipherSpec(
      CipherAlgorithm algorithm,
      Mode mode,
      Vectors vectors,
      @Nullable HashAlgorithm vectorHash,
      int keyBytes) {
    this.algorithm = algorithm;
    this.mode = mode;
    this.vectors = vectors;
    this.vectorHash = vectorHash;
    this.keyBytes = keyBytes;
  }

  /**
   * Returns the specification of a cipher.
   *
   * @param cipher the name of the cipher
   * @param modeText the mode, and after a hyphen the kind of initialization vectors; after a colon
   *     the hash that these need
   * @param keyBytes the length of the key, in bytes
   * @throws IllegalArgumentException if a part of it is not supported; the message names that part,
   *     and no file
   */
  public static CipherSpec of(String cipher, String modeText, int keyBytes) {
    CipherAlgorithm algorithm =
        CipherAlgorithm.named(cipher)
            .orElseThrow(() -> new IllegalArgumentException("cipher " + cipher));
    if (!algorithm.isAvailable()) {
      throw new IllegalArgumentException("cipher " + cipher + HashAlgorithm.MISSING);
    }
    String[] parts = modeText.split("-", 2);
    Mode mode = constant(Mode.class, "cipher mode ", parts[0], modeText);
    String[] generator = (parts.length == 2 ? parts[1] : "plain64").split(":", 2);
    Vectors vectors = constant(Vectors.class, "IV generator ", generator[0], modeText);
    HashAlgorithm hash = null;
    if (vectors == Vectors.ESSIV) {
      String name = generator.length == 2 ? generator[1] : "";
      hash = HashAlgorithm.available(name);
      if (!algorithm.takesKeyOf(hash.length())) {
        throw new IllegalArgumentException(
            "IV generator essiv:"
                + name
                + " with the cipher "
                + cipher
                + ", for which it makes no key");
      }
    }
    if (mode == Mode.XTS && algorithm.blockSize() != 16) {
      throw new IllegalArgumentException("cipher mode xts with the cipher " + cipher);
    }
    boolean even = mode != Mode.XTS || keyBytes % 2 == 0;
    if (!even || !algorithm.takesKeyOf(mode == Mode.XTS ? keyBytes / 2 : keyBytes)) {
      throw new IllegalArgumentException(
          "a key of " + keyBytes + " bytes for " + cipher + "-" + modeText);
    }
    return new CipherSpec(algorithm, mode, vectors, hash, keyBytes);
  }

  private static <E extends Enum<E>> E constant(
      Class<E> constants, String what, String name, String text) {
    Optional<E> found =
        Arrays.stream(constants.getEnumConstants())
            .filter(c -> c.name().toLowerCase(Locale.ROOT).equals(name))
            .findFirst();
    return found.orElseThrow(
        () -> new IllegalArgumentException(what + "\"" + name + "\" of \"" + text + "\""));
  }

  /** Returns AES of 128 bits in CBC mode with 64-bit sector numbers: that of old qcow2 images. */
  public static CipherSpec legacyAes() {
    return of("aes", "cbc-plain64", 16);
  }

  /** Returns the length of the key, in bytes. */
  public int keyBytes() {
    return keyBytes;
  }

  /**
   * Returns a cipher with a key, of which it keeps no reference.
   *
   * @param key of {@link #keyBytes()} bytes
   */
  public SectorCipher keyed(byte[] key) {
    if (key.length != keyBytes) {
      throw new IllegalArgumentException("a key of " + key.length + " bytes, not " + keyBytes);
    }
    IvGenerator generator = generator(key);
    return switch (mode) {
      case XTS -> xts(key, generator);
      case CBC -> new CbcCipher(algorithm.keyed(key), generator);
      case CTR -> new CtrCipher(algorithm.keyed(key), generator);
      case ECB -> new EcbCipher(algorithm.keyed(key));
    };
  }

  private SectorCipher xts(byte[] key, IvGenerator generator) {
    byte[] first = Arrays.copyOf(key, keyBytes / 2);
    byte[] second = Arrays.copyOfRange(key, keyBytes / 2, keyBytes);
    try {
      return new XtsCipher(algorithm.keyed(first), algorithm.keyed(second), generator);
    } finally {
      Arrays.fill(first, (byte) 0);
      Arrays.fill(second, (byte) 0);
    }
  }

  private IvGenerator generator(byte[] key) {
    HashAlgorithm hash = vectorHash;
    if (hash == null) {
      return vectors == Vectors.PLAIN ? IvGenerator.plain() : IvGenerator.plain64();
    }
    Hash hashing = hash.hash();
    hashing.update(key, 0, key.length);
    byte[] hashed = hashing.finish();
    try {
      return IvGenerator.essiv(algorithm.keyed(hashed));
    } finally {
      Arrays.fill(hashed, (byte) 0);
    }
  }
}
