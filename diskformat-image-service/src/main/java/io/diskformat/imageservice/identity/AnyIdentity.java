package io.diskformat.imageservice.identity;

import io.diskformat.imageservice.Caller;
import io.diskformat.imageservice.Identity;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** Asks several identities, and returns the answer of the first that knows the caller. */
public final class AnyIdentity implements Identity {
  private final List<Identity> identities;

  /** Creates an identity. */
  public AnyIdentity(List<Identity> identities) {
    this.identities = List.copyOf(identities);
  }

  @Override
  public Optional<Caller> caller(Credentials credentials) throws IOException {
    for (Identity identity : identities) {
      Optional<Caller> caller = identity.caller(credentials);
      if (caller.isPresent()) {
        return caller;
      }
    }
    return Optional.empty();
  }
}
