package io.diskformat.imageservice.identity;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import io.diskformat.imageservice.Caller;
import io.diskformat.imageservice.Identity;
import io.diskformat.imageservice.ImageServiceException;
import io.diskformat.imageservice.ImageServiceException.Problem;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Identifies callers by tokens of a Keystone. Its answers are kept for five minutes, or until the
 * token expires.
 */
public final class KeystoneTokens implements Identity, AutoCloseable {
  private static final Duration BELIEVED = Duration.ofMinutes(5);
  private static final Duration TIMEOUT = Duration.ofSeconds(30);
  private static final int MOST_CALLERS = 10_000;
  private static final String SUBJECT = "X-Subject-Token";

  private final URI tokens;
  private final JsonObject credentials;
  private final Clock clock;
  private final HttpClient client =
      HttpClient.newBuilder().connectTimeout(TIMEOUT).version(HttpClient.Version.HTTP_1_1).build();

  /**
   * The Keystone's answers, by the hashes of tokens; the one that was used longest ago goes first.
   */
  private final Map<String, Known> known = new LinkedHashMap<>();

  private @Nullable String own;

  private record Known(Caller caller, Instant until) {}

  /**
   * A user of a Keystone who may ask it for other users' tokens.
   *
   * @param user its name
   * @param password its password
   * @param project the name of its project
   * @param userDomain the name of the user's domain
   * @param projectDomain the name of the project's domain
   */
  public record ServiceUser(
      String user, String password, String project, String userDomain, String projectDomain) {
    /** Leaves out the password. */
    @Override
    public String toString() {
      return user + " of " + project;
    }
  }

  /**
   * Creates an identity.
   *
   * @param keystone where it is, for example {@code http://controller:5000/v3}
   */
  public KeystoneTokens(URI keystone, ServiceUser user) {
    this(keystone, user, Clock.systemUTC());
  }

  KeystoneTokens(URI keystone, ServiceUser user, Clock clock) {
    String base = keystone.toString();
    this.tokens = URI.create((base.endsWith("/") ? base : base + "/") + "auth/tokens");
    this.credentials = credentials(user);
    this.clock = clock;
  }

  private static JsonObject credentials(ServiceUser user) {
    JsonObject who = new JsonObject();
    who.addProperty("name", user.user());
    who.addProperty("password", user.password());
    who.add("domain", named(user.userDomain()));
    JsonObject password = new JsonObject();
    password.add("user", who);
    JsonArray methods = new JsonArray();
    methods.add("password");
    JsonObject identity = new JsonObject();
    identity.add("methods", methods);
    identity.add("password", password);
    JsonObject project = named(user.project());
    project.add("domain", named(user.projectDomain()));
    JsonObject scope = new JsonObject();
    scope.add("project", project);
    JsonObject auth = new JsonObject();
    auth.add("identity", identity);
    auth.add("scope", scope);
    JsonObject body = new JsonObject();
    body.add("auth", auth);
    return body;
  }

  private static JsonObject named(String name) {
    JsonObject object = new JsonObject();
    object.addProperty("name", name);
    return object;
  }

  @Override
  public Optional<Caller> caller(Credentials said) throws IOException {
    String token = said.token();
    // A token that cannot be sent in a header is nobody's.
    if (token == null || token.isBlank() || !token.chars().allMatch(c -> c > ' ' && c < 127)) {
      return Optional.empty();
    }
    String hash = hash(token);
    synchronized (known) {
      Known before = known.get(hash);
      if (before != null && clock.instant().isBefore(before.until())) {
        return Optional.of(before.caller());
      }
    }
    Known found = ask(token);
    if (found == null) {
      return Optional.empty();
    }
    synchronized (known) {
      known.put(hash, found);
      if (known.size() > MOST_CALLERS) {
        known.remove(known.keySet().iterator().next());
      }
    }
    return Optional.of(found.caller());
  }

  private @Nullable Known ask(String token) throws IOException {
    HttpResponse<String> answer = validate(token, ownToken(false));
    if (answer.statusCode() == 401) {
      answer = validate(token, ownToken(true));
    }
    return switch (answer.statusCode()) {
      case 200 -> known(answer.body());
      case 404 -> null;
      default -> throw unavailable("answers " + answer.statusCode());
    };
  }

  private HttpResponse<String> validate(String token, String asking) throws IOException {
    return send(
        HttpRequest.newBuilder(tokens)
            .header("X-Auth-Token", asking)
            .header(SUBJECT, token)
            .timeout(TIMEOUT)
            .build());
  }

  /** Returns this service's own token, a new one if need be. */
  private synchronized String ownToken(boolean another) throws IOException {
    String present = own;
    if (present != null && !another) {
      return present;
    }
    HttpResponse<String> answer =
        send(
            HttpRequest.newBuilder(tokens)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(credentials.toString()))
                .timeout(TIMEOUT)
                .build());
    if (answer.statusCode() != 201) {
      throw unavailable("refuses the user of this service: " + answer.statusCode());
    }
    String token =
        answer.headers().firstValue(SUBJECT).orElseThrow(() -> unavailable("gives no token"));
    own = token;
    return token;
  }

  /** Returns whose a token is, or null if it is of no project, such as an unscoped one. */
  private @Nullable Known known(String body) throws ImageServiceException {
    try {
      JsonObject token = JsonParser.parseString(body).getAsJsonObject().getAsJsonObject("token");
      if (token.has("user") && !token.has("project")) {
        return null;
      }
      Set<String> roles = new HashSet<>();
      for (JsonElement role : token.getAsJsonArray("roles")) {
        boolean _ =
            roles.add(role.getAsJsonObject().get("name").getAsString().toLowerCase(Locale.ROOT));
      }
      Instant expires = OffsetDateTime.parse(token.get("expires_at").getAsString()).toInstant();
      Instant until = clock.instant().plus(BELIEVED);
      Caller caller =
          new Caller(
              token.getAsJsonObject("user").get("id").getAsString(),
              token.getAsJsonObject("project").get("id").getAsString(),
              roles);
      return new Known(caller, until.isBefore(expires) ? until : expires);
    } catch (JsonParseException
        | IllegalStateException
        | ClassCastException
        | UnsupportedOperationException
        | DateTimeException
        | NullPointerException e) {
      throw unavailable("says of a token what cannot be understood");
    }
  }

  private HttpResponse<String> send(HttpRequest request) throws IOException {
    try {
      return client.send(request, HttpResponse.BodyHandlers.ofString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException(tokens + ": interrupted");
    } catch (IOException e) {
      throw unavailable("cannot be reached: " + e);
    }
  }

  private ImageServiceException unavailable(String what) {
    return new ImageServiceException(Problem.UNAVAILABLE, tokens + " " + what);
  }

  private static String hash(String token) {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has it: SHA-256", e);
    }
  }

  @Override
  public void close() {
    client.close();
  }
}
