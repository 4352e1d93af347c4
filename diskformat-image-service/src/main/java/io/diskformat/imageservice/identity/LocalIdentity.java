package io.diskformat.imageservice.identity;

import io.diskformat.imageservice.Caller;
import io.diskformat.imageservice.Identity;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The users of a file, by their passwords as HTTP sends them ({@code Authorization: Basic}), or by
 * a token that they got for a password. With {@link io.diskformat.imageservice.http.ImageApi} that
 * has it as a Keystone, whatever client knows how to ask one gets such tokens. Thread-safe.
 */
public final class LocalIdentity implements Identity {
  private static final String BASIC = "basic ";
  private static final Duration BELIEVED = Duration.ofMinutes(5);
  private static final int MOST_BELIEVED = 1000;

  private final LocalUsers users;
  private final SignedTokens tokens;
  private final Clock clock;
  private final byte[] salt = secret();

  /**
   * Until when passwords count as checked, by a quick hash of them, since deriving the stored hash
   * takes long.
   */
  private final Map<String, Instant> believed = new LinkedHashMap<>();

  /**
   * A token, and whose it is.
   *
   * @param token is empty where it is not to be shown
   * @param caller who has it
   * @param projects of the user, by id
   * @param issued when it was
   * @param expires when it ends
   */
  public record Session(
      String token, Caller caller, List<String> projects, Instant issued, Instant expires) {
    /** Makes a copy of the list. */
    public Session {
      projects = List.copyOf(projects);
    }

    /** Leaves out the token. */
    @Override
    public String toString() {
      return "a session of " + caller;
    }
  }

  /** Creates an identity whose tokens no other process knows, nor this one when it starts again. */
  public LocalIdentity(LocalUsers users) {
    this(users, secret());
  }

  /**
   * Creates an identity.
   *
   * @param key what tokens are signed with, 32 bytes or more that nobody can guess; several nodes
   *     of a service have the same
   */
  public LocalIdentity(LocalUsers users, byte[] key) {
    this(users, key, Clock.systemUTC());
  }

  LocalIdentity(LocalUsers users, byte[] key, Clock clock) {
    this.users = users;
    this.tokens = new SignedTokens(key, clock);
    this.clock = clock;
  }

  private static byte[] secret() {
    byte[] bytes = new byte[32];
    new SecureRandom().nextBytes(bytes);
    return bytes;
  }

  @Override
  public Optional<Caller> caller(Credentials credentials) {
    String token = credentials.token();
    if (token != null) {
      Optional<Session> session = session(token);
      if (session.isPresent()) {
        return Optional.of(session.get().caller());
      }
    }
    String authorization = credentials.authorization();
    return authorization == null ? Optional.empty() : basic(authorization);
  }

  private Optional<Caller> basic(String authorization) {
    if (!authorization.toLowerCase(Locale.ROOT).startsWith(BASIC)) {
      return Optional.empty();
    }
    try {
      String text =
          new String(
              Base64.getDecoder().decode(authorization.substring(BASIC.length()).trim()),
              StandardCharsets.UTF_8);
      int colon = text.indexOf(':');
      return colon < 0
          ? Optional.empty()
          : user(text.substring(0, colon), text.substring(colon + 1))
              .map(user -> user.callers().getFirst());
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private Optional<LocalUsers.User> user(String name, String password) {
    String key = hash(name + "\0" + password);
    synchronized (believed) {
      Instant until = believed.get(key);
      if (until != null && clock.instant().isBefore(until)) {
        return users.user(name);
      }
    }
    Optional<LocalUsers.User> user = users.user(name, password);
    if (user.isPresent()) {
      synchronized (believed) {
        believed.put(key, clock.instant().plus(BELIEVED));
        if (believed.size() > MOST_BELIEVED) {
          believed.remove(believed.keySet().iterator().next());
        }
      }
    }
    return user;
  }

  private String hash(String text) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(salt);
      return Base64.getEncoder()
          .encodeToString(digest.digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has it: SHA-256", e);
    }
  }

  /**
   * Begins a session.
   *
   * @param project of which the user wants to be one, or null for the first of the user
   * @return nothing if the password is wrong, or the user is not of that project
   */
  public Optional<Session> begin(String user, String password, @Nullable String project) {
    return user(user, password).flatMap(found -> begin(found, project, clock.instant()));
  }

  /**
   * Begins a session of whoever has another one; it ends when that one does.
   *
   * @param token of the other one
   * @param project as for a password
   */
  public Optional<Session> begin(String token, @Nullable String project) {
    return tokens
        .claim(token)
        .flatMap(claim ->
            users
                .user(claim.user())
                .flatMap(user ->
                    begin(user, project == null ? claim.project() : project, claim.issued())));
  }

  private Optional<Session> begin(LocalUsers.User user, @Nullable String project, Instant issued) {
    String its = project == null ? user.callers().getFirst().project() : project;
    return user.in(its).isEmpty()
        ? Optional.empty()
        : session(tokens.issue(user.name(), its, issued));
  }

  /** Returns the session of a token, if there is one and it has not ended. */
  public Optional<Session> session(String token) {
    return tokens
        .claim(token)
        .flatMap(claim ->
            users
                .user(claim.user())
                .flatMap(user ->
                    user.in(claim.project())
                        .map(caller ->
                            new Session(
                                token,
                                caller,
                                user.callers().stream().map(Caller::project).toList(),
                                claim.issued(),
                                claim.expires()))));
  }

  /** Ends a session. */
  public void end(String token) {
    tokens.revoke(token);
  }
}
