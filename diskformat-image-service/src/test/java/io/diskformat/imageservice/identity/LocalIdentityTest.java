package io.diskformat.imageservice.identity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.imageservice.Caller;
import io.diskformat.imageservice.Identity.Credentials;
import io.diskformat.imageservice.identity.LocalIdentity.Session;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class LocalIdentityTest {
  private static final byte[] KEY =
      "a key that nobody can guess, really".getBytes(StandardCharsets.UTF_8);

  private final HandClock clock = new HandClock();
  private final LocalIdentity identity =
      new LocalIdentity(
          users("root top infra admin", "ann s3:cret p1 member", "ann s3:cret p2 reader"),
          KEY,
          clock);

  /** A clock that is set by hand. */
  private static final class HandClock extends Clock {
    private Instant now = Instant.parse("2026-11-27T12:00:00Z");

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }

    @Override
    public Instant instant() {
      return now;
    }
  }

  private static LocalUsers users(String... lines) {
    try {
      return LocalUsers.of(List.of(lines), "users");
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private Optional<Caller> basic(String text) {
    String encoded = Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    return identity.caller(new Credentials("notused", "Basic " + encoded));
  }

  @Test
  void passwordsOfHttp() {
    assertEquals(Optional.of(Caller.member("ann", "p1")), basic("ann:s3:cret"));
    assertEquals(Optional.of(Caller.admin("root", "infra")), basic("root:top"));
    // What was right once is not believed of others.
    for (String wrong : List.of("ann:s3", "ann:", "ann", "", ":", "bob:s3:cret", "ann:s3:cret ")) {
      assertEquals(Optional.empty(), basic(wrong), wrong);
    }
    assertEquals(Optional.empty(), identity.caller(new Credentials(null, "Basic ???")));
    assertEquals(
        Optional.empty(), identity.caller(new Credentials(null, "Bearer YW5uOnMzOmNyZXQ=")));
    assertEquals(Optional.empty(), identity.caller(new Credentials(null, null)));
  }

  @Test
  void aTokenIsOfOneProject() {
    Session session = identity.begin("ann", "s3:cret", "p2").orElseThrow();
    assertEquals(List.of("p1", "p2"), session.projects());
    Credentials credentials = new Credentials(session.token(), null);
    assertEquals(Optional.of(Caller.reader("ann", "p2")), identity.caller(credentials));
    assertEquals("p1", identity.begin("ann", "s3:cret", null).orElseThrow().caller().project());
    assertEquals(Optional.empty(), identity.begin("ann", "s3:cret", "infra"));
    assertEquals(Optional.empty(), identity.begin("ann", "s3", "p1"));
    Session other = identity.begin(session.token(), "p1").orElseThrow();
    assertEquals(Caller.member("ann", "p1"), other.caller());
    assertEquals(Optional.empty(), identity.begin(session.token(), "infra"));
  }

  @Test
  void tokensEnd() {
    Session first = identity.begin("ann", "s3:cret", null).orElseThrow();
    clock.now = first.expires().minusSeconds(1);
    assertTrue(identity.session(first.token()).isPresent());
    clock.now = first.expires();
    assertFalse(identity.session(first.token()).isPresent());
    Session second = identity.begin("ann", "s3:cret", null).orElseThrow();
    identity.end(second.token());
    assertFalse(identity.session(second.token()).isPresent());
    assertEquals(Optional.empty(), identity.caller(new Credentials(second.token(), null)));
  }

  @Test
  void nobodyHasASessionForEverByASession() {
    Session first = identity.begin("ann", "s3:cret", null).orElseThrow();
    clock.now = clock.now.plus(Duration.ofHours(11));
    Session second = identity.begin(first.token(), "p2").orElseThrow();
    assertEquals(first.expires(), second.expires());
    clock.now = clock.now.plus(Duration.ofHours(1));
    assertEquals(Optional.empty(), identity.session(second.token()));
  }

  @Test
  void aTokenEndsAlone() {
    Session first = identity.begin("ann", "s3:cret", null).orElseThrow();
    Session second = identity.begin("ann", "s3:cret", null).orElseThrow();
    identity.end(first.token());
    assertEquals(Optional.empty(), identity.session(first.token()));
    assertTrue(identity.session(second.token()).isPresent());
  }

  @Test
  void noByteOfATokenCanBeChanged() {
    String token = identity.begin("ann", "s3:cret", null).orElseThrow().token();
    for (int i = 0; i < token.length(); i++) {
      for (char c : new char[] {'A', 'b', '.', '0'}) {
        if (token.charAt(i) != c) {
          String other = token.substring(0, i) + c + token.substring(i + 1);
          assertFalse(identity.session(other).isPresent(), other);
        }
      }
      assertFalse(identity.session(token.substring(0, i)).isPresent());
    }
  }

  @Test
  void nodesWithOneKeyKnowEachOthersTokens() {
    String token = identity.begin("ann", "s3:cret", null).orElseThrow().token();
    LocalUsers users = users("ann s3:cret p1 member");
    assertTrue(new LocalIdentity(users, KEY, clock).session(token).isPresent());
    assertFalse(new LocalIdentity(users).session(token).isPresent());
    // A user who is not there any more has no sessions.
    LocalUsers others = users("bob x p1 member");
    assertFalse(new LocalIdentity(others, KEY, clock).session(token).isPresent());
  }

  @Test
  void hashedPasswords() throws IOException {
    String hash = StoredPassword.hash("pä ss");
    LocalUsers users = LocalUsers.of(List.of("", "# all", "eve " + hash + " p member"), "users");
    assertTrue(users.user("eve", "pä ss").isPresent());
    assertFalse(users.user("eve", "pä sS").isPresent());
    assertFalse(users.user("eve", hash).isPresent());
    // Python: hashlib.pbkdf2_hmac('sha256', b'password', b'salt', 1000, 32)
    LocalUsers known =
        users(
            "u pbkdf2:1000:73616c74:"
                + "632c2812e46d4604102ba7618e9d6d7d2f8128f6266b4a03264d2a0460b7dcb3 p member");
    assertTrue(known.user("u", "password").isPresent());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ann",
        "ann x p1",
        "ann x p1 boss",
        "ann x p1 member more",
        "ann pbkdf2:1:zz:00 p member",
        "ann pbkdf2:0:00:00 p member",
        "ann pbkdf2:99999999999:00:00 p member",
        "ann pbkdf2:1:00: p member",
        "ann pbkdf2:1 p member"
      })
  void linesThatAreNone(String line) {
    IOException e =
        assertThrows(IOException.class, () -> LocalUsers.of(List.of("# users", line), "f"));
    assertTrue(e.getMessage().startsWith("f: line 2: "), e.getMessage());
  }

  @Test
  void oneUserHasOnePasswordAndIsOnceInAProject() {
    for (String line : List.of("ann y p2 member", "ann x p1 reader")) {
      List<String> lines = List.of("ann x p1 member", line);
      assertThrows(IOException.class, () -> LocalUsers.of(lines, "f"), line);
    }
  }
}
