package io.diskformat.imageservice;

import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Knows who callers are. Thread-safe. */
public interface Identity {
  /**
   * What a request says of its caller.
   *
   * @param token of {@code X-Auth-Token}, or null
   * @param authorization of {@code Authorization}, or null
   */
  record Credentials(@Nullable String token, @Nullable String authorization) {
    /** Does not show them. */
    @Override
    public String toString() {
      return "credentials";
    }
  }

  /** Returns who it is, or nothing if these credentials are nobody's. */
  Optional<Caller> caller(Credentials credentials) throws IOException;
}
