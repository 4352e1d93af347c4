package io.diskformat.crypto;

import java.security.InvalidKeyException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** A hash algorithm, with its name in a LUKS header. */
public enum HashAlgorithm {
  /** MD5. */
  MD5("MD5", "HmacMD5", 16),
  /** SHA-1. */
  SHA1("SHA-1", "HmacSHA1", 20),
  /** SHA-2 of 224 bits. */
  SHA224("SHA-224", "HmacSHA224", 28),
  /** SHA-2 of 256 bits. */
  SHA256("SHA-256", "HmacSHA256", 32),
  /** SHA-2 of 384 bits. */
  SHA384("SHA-384", "HmacSHA384", 48),
  /** SHA-2 of 512 bits. */
  SHA512("SHA-512", "HmacSHA512", 64),
  /** RIPEMD of 160 bits, by Bouncy Castle. */
  RIPEMD160("", "", 20);

  /** The message for an algorithm whose library is missing. */
  static final String MISSING =
      ", which Bouncy Castle computes: add org.bouncycastle:bcprov-jdk18on";

  private final String digest;
  private final String mac;
  private final int length;

  HashAlgorithm(String digest, String mac, int length) {
    this.digest = digest;
    this.mac = mac;
    this.length = length;
  }

  /** Returns the hash that a LUKS header names, or empty if there is none. */
  public static Optional<HashAlgorithm> named(String name) {
    return Arrays.stream(values()).filter(h -> h.label().equals(name)).findFirst();
  }

  /** Returns the name in a LUKS header. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Returns the length of a hash, in bytes. */
  public int length() {
    return length;
  }

  /**
   * Returns the hash that a LUKS header names.
   *
   * @throws IllegalArgumentException if there is none of that name, or what computes it is missing
   */
  public static HashAlgorithm available(String name) {
    HashAlgorithm hash =
        named(name).orElseThrow(() -> new IllegalArgumentException("hash \"" + name + "\""));
    try {
      var _ = hash.hash();
      return hash;
    } catch (NoClassDefFoundError e) {
      throw new IllegalArgumentException("hash " + name + MISSING, e);
    }
  }

  /** Returns an object that computes hashes. */
  Hash hash() {
    if (this == RIPEMD160) {
      return BouncyCastleHash.ripemd160();
    }
    try {
      MessageDigest made = MessageDigest.getInstance(digest);
      return new Hash() {
        @Override
        public void update(byte[] bytes, int offset, int count) {
          made.update(bytes, offset, count);
        }

        @Override
        public byte[] finish() {
          return made.digest();
        }
      };
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Returns an object that computes keyed hashes (HMAC). */
  Hash hmac(byte[] key) {
    if (this == RIPEMD160) {
      return BouncyCastleHash.hmacRipemd160(key);
    }
    try {
      Mac made = Mac.getInstance(mac);
      // An empty key is the same as one of zeroes, and the JDK has only the latter.
      made.init(new SecretKeySpec(key.length == 0 ? new byte[1] : key, mac));
      return new Hash() {
        @Override
        public void update(byte[] bytes, int offset, int count) {
          made.update(bytes, offset, count);
        }

        @Override
        public byte[] finish() {
          return made.doFinal();
        }
      };
    } catch (NoSuchAlgorithmException | InvalidKeyException e) {
      throw new IllegalStateException(e);
    }
  }
}
