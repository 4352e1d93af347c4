package io.diskformat.imageservice.identity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonParser;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.diskformat.imageservice.Caller;
import io.diskformat.imageservice.Identity.Credentials;
import io.diskformat.imageservice.ImageServiceException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class KeystoneTokensTest {
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  private final AtomicReference<Instant> now = new AtomicReference<>(START);
  private HttpServer keystone;
  private KeystoneTokens tokens;
  private int logins;
  private int questions;
  private int refusals;
  private String password = "secret";
  private String answer =
      """
      {"token": {"expires_at": "2026-01-01T00:07:00.000000Z",
        "user": {"id": "u", "name": "n"}, "project": {"id": "p", "name": "q"},
        "roles": [{"id": "1", "name": "Member"}, {"id": "2", "name": "reader"}]}}
      """;

  @BeforeEach
  void begin() throws IOException {
    keystone = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    var _ = keystone.createContext("/v3/auth/tokens", this::answer);
    keystone.start();
    URI uri = URI.create("http://127.0.0.1:" + keystone.getAddress().getPort() + "/v3");
    Clock clock =
        new Clock() {
          @Override
          public ZoneOffset getZone() {
            return ZoneOffset.UTC;
          }

          @Override
          public Clock withZone(ZoneId zone) {
            return this;
          }

          @Override
          public Instant instant() {
            return now.get();
          }
        };
    tokens =
        new KeystoneTokens(
            uri, new KeystoneTokens.ServiceUser("s", "secret", "sp", "Default", "Default"), clock);
  }

  @AfterEach
  void end() {
    tokens.close();
    keystone.stop(0);
  }

  private void answer(HttpExchange exchange) throws IOException {
    String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    if (exchange.getRequestMethod().equals("POST")) {
      logins++;
      String said =
          JsonParser.parseString(body)
              .getAsJsonObject()
              .getAsJsonObject("auth")
              .getAsJsonObject("identity")
              .getAsJsonObject("password")
              .getAsJsonObject("user")
              .get("password")
              .getAsString();
      exchange.getResponseHeaders().set("X-Subject-Token", "own" + logins);
      exchange.sendResponseHeaders(said.equals(password) ? 201 : 401, -1);
      return;
    }
    questions++;
    if (refusals > 0) {
      refusals--;
      exchange.sendResponseHeaders(401, -1);
    } else if (!("own" + logins).equals(exchange.getRequestHeaders().getFirst("X-Auth-Token"))) {
      exchange.sendResponseHeaders(403, -1);
    } else if (!"good".equals(exchange.getRequestHeaders().getFirst("X-Subject-Token"))) {
      exchange.sendResponseHeaders(404, -1);
    } else {
      byte[] bytes = answer.getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(200, bytes.length);
      exchange.getResponseBody().write(bytes);
      exchange.getResponseBody().close();
    }
  }

  private Optional<Caller> caller(String token) throws IOException {
    return tokens.caller(new Credentials(token, null));
  }

  @Test
  void aTokenIsAskedOfOnceInFiveMinutes() throws IOException {
    Caller expected = new Caller("u", "p", Set.of("member", "reader"));
    assertEquals(Optional.of(expected), caller("good"));
    assertEquals(Optional.of(expected), caller("good"));
    assertEquals(1, questions);
    now.set(START.plusSeconds(301));
    assertEquals(Optional.of(expected), caller("good"));
    assertEquals(2, questions);
    assertEquals(1, logins);
    // It ends seven minutes after the start, which is less than five from now.
    now.set(START.plusSeconds(421));
    assertEquals(Optional.of(expected), caller("good"));
    assertEquals(3, questions);
  }

  @Test
  void aTokenOfNobody() throws IOException {
    assertTrue(caller("bad").isEmpty());
    assertTrue(caller("").isEmpty());
    assertTrue(caller("with\nline").isEmpty());
    assertTrue(tokens.caller(new Credentials(null, "Basic x")).isEmpty());
    assertEquals(1, questions);
  }

  @Test
  void theServiceGetsAnotherTokenWhenItsOwnHasEnded() throws IOException {
    assertTrue(caller("good").isPresent());
    now.set(START.plusSeconds(302));
    refusals = 1;
    assertTrue(caller("good").isPresent());
    assertEquals(2, logins);
  }

  private static String answer(String user) {
    return """
    {"token": {"expires_at": "2026-01-01T00:07:00.000000Z", "user": %s,
      "project": {"id": "p"}, "roles": []}}
    """
        .formatted(user);
  }

  /** A good token, but one that is not scoped, or is of a domain. */
  @Test
  void aTokenOfNoProjectIsNobodys() throws IOException {
    answer =
        """
        {"token": {"expires_at": "2026-01-01T00:07:00.000000Z", "user": {"id": "u", "name": "n"}}}
        """;
    assertEquals(Optional.empty(), caller("good"));
  }

  @Test
  void whatCannotBeAskedIsNotNobody() {
    password = "other";
    ImageServiceException e = assertThrows(ImageServiceException.class, () -> caller("good"));
    assertEquals(ImageServiceException.Problem.UNAVAILABLE, e.problem());
    assertFalse(e.getMessage().contains("secret"));
    password = "secret";
    for (String nonsense : List.of("{}", "[]", "{\"user\": {\"id\": null}, \"project\": {}}")) {
      answer = "{\"token\": " + nonsense + "}";
      e = assertThrows(ImageServiceException.class, () -> caller("good"), nonsense);
      assertEquals(ImageServiceException.Problem.UNAVAILABLE, e.problem());
    }
    answer = answer("{\"id\": null}");
    e = assertThrows(ImageServiceException.class, () -> caller("good"));
    assertEquals(ImageServiceException.Problem.UNAVAILABLE, e.problem());
    keystone.stop(0);
    e = assertThrows(ImageServiceException.class, () -> caller("good"));
    assertEquals(ImageServiceException.Problem.UNAVAILABLE, e.problem());
  }
}
