package io.diskformat.imageservice.identity;

import io.diskformat.imageservice.Caller;
import io.diskformat.imageservice.Identity;
import java.util.Optional;

/** Identifies everybody as one caller: for services that only trusted clients can reach. */
public final class Everybody implements Identity {
  private final Caller caller;

  /** Creates an identity. */
  public Everybody(Caller caller) {
    this.caller = caller;
  }

  @Override
  public Optional<Caller> caller(Credentials credentials) {
    return Optional.of(caller);
  }
}
