package io.diskformat.imageservice.identity;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.HexFormat;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;

/**
 * A stored password: the password itself, or a hash of it, by PBKDF2 with HMAC-SHA-256. As text,
 * the latter is {@code pbkdf2:ITERATIONS:SALT:HASH}, the last two in hexadecimal digits. Immutable.
 */
public final class StoredPassword {
  /** The password of a user that does not exist. */
  static final StoredPassword NOBODYS = new StoredPassword("pbkdf2:100000:00:00");

  private static final String HASHED = "pbkdf2:";
  private static final int ITERATIONS = 100_000;
  private static final int MOST_ITERATIONS = 10_000_000;
  private static final int SALT = 16;
  private static final int HASH = 32;

  private final String text;

  private StoredPassword(String text) {
    this.text = text;
  }

  /**
   * Parses a stored password.
   *
   * @throws IllegalArgumentException if it begins like a hash and is none
   */
  static StoredPassword of(String text) {
    StoredPassword password = new StoredPassword(text);
    if (text.startsWith(HASHED)) {
      boolean _ = password.is("");
    }
    return password;
  }

  /** Returns a hash that a file of users can have instead of a password, another one each time. */
  public static String hash(String password) {
    byte[] salt = new byte[SALT];
    new SecureRandom().nextBytes(salt);
    HexFormat hex = HexFormat.of();
    return HASHED
        + ITERATIONS
        + ":"
        + hex.formatHex(salt)
        + ":"
        + hex.formatHex(derive(password, salt, ITERATIONS, HASH));
  }

  private static byte[] derive(String password, byte[] salt, int iterations, int length) {
    try {
      return SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256")
          .generateSecret(new PBEKeySpec(password.toCharArray(), salt, iterations, length * 8))
          .getEncoded();
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException("no hash of a password: " + e.getMessage(), e);
    }
  }

  /** Returns whether it is this password. */
  boolean is(String password) {
    if (!text.startsWith(HASHED)) {
      // This takes as long as for a hash, so that the time does not reveal which users there are.
      boolean _ = NOBODYS.is(password);
      return MessageDigest.isEqual(
          text.getBytes(StandardCharsets.UTF_8), password.getBytes(StandardCharsets.UTF_8));
    }
    String[] words = text.split(":", -1);
    if (words.length != 4) {
      throw new IllegalArgumentException("expected pbkdf2:ITERATIONS:SALT:HASH");
    }
    int iterations = Integer.parseInt(words[1]);
    byte[] hash = HexFormat.of().parseHex(words[3]);
    if (iterations < 1 || iterations > MOST_ITERATIONS || hash.length == 0) {
      throw new IllegalArgumentException(
          "a hash of a password has 1 to " + MOST_ITERATIONS + " iterations, and some digits");
    }
    byte[] salt = HexFormat.of().parseHex(words[2]);
    return MessageDigest.isEqual(hash, derive(password, salt, iterations, hash.length));
  }

  @Override
  public boolean equals(Object object) {
    return object instanceof StoredPassword other && text.equals(other.text);
  }

  @Override
  public int hashCode() {
    return text.hashCode();
  }

  /** Leaves out the password. */
  @Override
  public String toString() {
    return "a password";
  }
}
