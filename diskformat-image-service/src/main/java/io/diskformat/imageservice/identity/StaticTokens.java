package io.diskformat.imageservice.identity;

import io.diskformat.imageservice.Caller;
import io.diskformat.imageservice.Identity;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Map;
import java.util.Optional;

/** Identifies callers by tokens that never change. */
public final class StaticTokens implements Identity {
  private final Map<String, Caller> callers;

  /**
   * Creates an identity.
   *
   * @param callers by their tokens; use letters and digits only, as some clients encode others
   */
  public StaticTokens(Map<String, Caller> callers) {
    this.callers = Map.copyOf(callers);
  }

  @Override
  public Optional<Caller> caller(Credentials credentials) {
    String token = credentials.token();
    if (token == null) {
      return Optional.empty();
    }
    // All tokens are compared, each in the same time, so that the time does not reveal how a token
    // begins.
    byte[] given = token.getBytes(StandardCharsets.UTF_8);
    Optional<Caller> found = Optional.empty();
    for (Map.Entry<String, Caller> entry : callers.entrySet()) {
      if (MessageDigest.isEqual(given, entry.getKey().getBytes(StandardCharsets.UTF_8))) {
        found = Optional.of(entry.getValue());
      }
    }
    return found;
  }
}
