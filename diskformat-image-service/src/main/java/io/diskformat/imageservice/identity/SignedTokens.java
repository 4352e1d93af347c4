package io.diskformat.imageservice.identity;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Signed tokens that hold their owner and their time of expiry, so that nobody needs to keep them.
 * Thread-safe.
 */
final class SignedTokens {
  static final Duration LIFE = Duration.ofHours(12);

  private static final int MOST_REVOKED = 10_000;
  private static final String MAC = "HmacSHA256";

  /** The user, the project, the second of its issue, random bytes, and the signature. */
  private static final int PARTS = 5;

  private final SecretKeySpec key;
  private final Clock clock;
  private final SecureRandom random = new SecureRandom();

  /** The signatures of tokens that were given back; the oldest go first. */
  private final Map<String, Boolean> revoked = new LinkedHashMap<>();

  /**
   * The content of a token.
   *
   * @param user its name
   * @param project of which the user is one by this token
   * @param issued in whole seconds
   */
  record Claim(String user, String project, Instant issued) {
    Instant expires() {
      return issued.plus(LIFE);
    }
  }

  SignedTokens(byte[] key, Clock clock) {
    this.key = new SecretKeySpec(key, MAC);
    this.clock = clock;
  }

  /**
   * Issues a token that equals no other, so that it can be ended by itself.
   *
   * @param issued from when it counts
   */
  String issue(String user, String project, Instant issued) {
    byte[] own = new byte[12];
    random.nextBytes(own);
    String text =
        encode(user)
            + "."
            + encode(project)
            + "."
            + issued.getEpochSecond()
            + "."
            + Base64.getUrlEncoder().withoutPadding().encodeToString(own);
    return text + "." + sign(text);
  }

  /** Returns the content of a token that was issued here and is still valid. */
  Optional<Claim> claim(String token) {
    String[] parts = token.split("\\.", -1);
    if (parts.length != PARTS) {
      return Optional.empty();
    }
    String text = token.substring(0, token.length() - parts[PARTS - 1].length() - 1);
    if (!MessageDigest.isEqual(bytes(sign(text)), bytes(parts[PARTS - 1]))) {
      return Optional.empty();
    }
    synchronized (revoked) {
      if (revoked.containsKey(parts[PARTS - 1])) {
        return Optional.empty();
      }
    }
    try {
      Claim claim =
          new Claim(
              decode(parts[0]), decode(parts[1]), Instant.ofEpochSecond(Long.parseLong(parts[2])));
      return clock.instant().isBefore(claim.expires()) ? Optional.of(claim) : Optional.empty();
    } catch (IllegalArgumentException | DateTimeException e) {
      return Optional.empty();
    }
  }

  /** Ends a token. */
  void revoke(String token) {
    if (claim(token).isPresent()) {
      synchronized (revoked) {
        revoked.put(token.substring(token.lastIndexOf('.') + 1), true);
        if (revoked.size() > MOST_REVOKED) {
          revoked.remove(revoked.keySet().iterator().next());
        }
      }
    }
  }

  private String sign(String text) {
    try {
      Mac mac = Mac.getInstance(MAC);
      mac.init(key);
      return Base64.getUrlEncoder().withoutPadding().encodeToString(mac.doFinal(bytes(text)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has it: " + MAC, e);
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String encode(String text) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes(text));
  }

  private static String decode(String text) {
    return new String(Base64.getUrlDecoder().decode(text), StandardCharsets.UTF_8);
  }
}
