package io.diskformat.imageservice.http;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.diskformat.imageservice.identity.LocalIdentity;
import io.diskformat.imageservice.identity.LocalIdentity.Session;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * As much of a Keystone as clients need in order to find an image service and get a token: for
 * those that cannot do without one. Its users and projects have their names for ids.
 */
final class KeystoneResource {
  /** Where it is; clients are given this and {@code /v3}. */
  static final String PATH = "identity";

  private static final String SUBJECT = "X-Subject-Token";

  private final LocalIdentity identity;

  KeystoneResource(LocalIdentity identity) {
    this.identity = identity;
  }

  /**
   * Answers a request.
   *
   * @param path what follows {@link #PATH}
   */
  Response answer(List<String> path, Exchange exchange) throws IOException {
    String request = exchange.method() + " " + String.join("/", path);
    return switch (request) {
      case "GET ", "HEAD " -> versions(exchange);
      case "GET v3", "HEAD v3" -> {
        JsonObject object = new JsonObject();
        object.add("version", version(exchange));
        yield Response.json(200, object);
      }
      case "POST v3/auth/tokens" -> login(exchange);
      case "GET v3/auth/tokens", "HEAD v3/auth/tokens" -> {
        Session own = own(exchange);
        String subject = exchange.header(SUBJECT);
        Session session =
            identity
                .session(subject == null ? "" : subject)
                // Another's token is shown to admins only.
                .filter(other ->
                    own.caller().isAdmin() || other.caller().user().equals(own.caller().user()))
                .orElseThrow(() -> new ApiException(404, "Failed to validate token"));
        yield token(200, session, exchange);
      }
      case "DELETE v3/auth/tokens" -> {
        var _ = own(exchange);
        String subject = exchange.header(SUBJECT);
        identity.end(subject == null ? "" : subject);
        yield Response.empty(204);
      }
      case "GET v3/auth/catalog" -> {
        var _ = own(exchange);
        JsonObject object = new JsonObject();
        object.add("catalog", catalog(exchange));
        yield Response.json(200, object);
      }
      case "GET v3/auth/projects" -> {
        JsonArray projects = new JsonArray();
        for (String project : own(exchange).projects()) {
          JsonObject its = inDomain(project);
          its.addProperty("domain_id", "default");
          its.addProperty("enabled", true);
          projects.add(its);
        }
        JsonObject object = new JsonObject();
        object.add("projects", projects);
        yield Response.json(200, object);
      }
      default -> {
        if (request.startsWith("GET v3/")) {
          // Clients that look a project up take its name for its id then.
          throw ApiException.forbidden("You are not authorized to perform the requested action.");
        }
        throw new ApiException(404, "Could not find " + String.join("/", path));
      }
    };
  }

  private Session own(Exchange exchange) throws ApiException {
    String token = exchange.header("X-Auth-Token");
    return identity.session(token == null ? "" : token).orElseThrow(KeystoneResource::refused);
  }

  private static ApiException refused() {
    return new ApiException(401, "The request you have made requires authentication.");
  }

  private static String base(Exchange exchange) {
    return Versions.base(exchange) + "/" + PATH + "/v3";
  }

  private static Response versions(Exchange exchange) {
    JsonArray values = new JsonArray();
    values.add(version(exchange));
    JsonObject versions = new JsonObject();
    versions.add("values", values);
    JsonObject object = new JsonObject();
    object.add("versions", versions);
    return Response.json(300, object);
  }

  private static JsonObject version(Exchange exchange) {
    JsonObject link = new JsonObject();
    link.addProperty("rel", "self");
    link.addProperty("href", base(exchange) + "/");
    JsonObject type = new JsonObject();
    type.addProperty("base", "application/json");
    type.addProperty("type", "application/vnd.openstack.identity-v3+json");
    JsonObject version = new JsonObject();
    version.addProperty("id", "v3.14");
    version.addProperty("status", "stable");
    version.addProperty("updated", "2020-04-07T00:00:00Z");
    version.add("links", array(link));
    version.add("media-types", array(type));
    return version;
  }

  private static JsonArray array(JsonElement element) {
    JsonArray array = new JsonArray();
    array.add(element);
    return array;
  }

  private Response login(Exchange exchange) throws IOException {
    JsonObject auth = child(JsonBody.object(exchange), "auth");
    JsonObject who = child(auth, "identity");
    String project = project(auth);
    Optional<Session> session;
    if (who.has("password")) {
      JsonObject user = child(child(who, "password"), "user");
      String name = JsonBody.string(user, user.has("name") ? "name" : "id");
      session = identity.begin(name, JsonBody.string(user, "password"), project);
    } else {
      session = identity.begin(JsonBody.string(child(who, "token"), "id"), project);
    }
    return token(201, session.orElseThrow(KeystoneResource::refused), exchange);
  }

  /** Returns the project that is asked for, or null for the usual one. */
  private static @Nullable String project(JsonObject auth) throws ApiException {
    JsonElement scope = auth.get("scope");
    if (scope == null || !scope.isJsonObject() || !scope.getAsJsonObject().has("project")) {
      return null;
    }
    JsonObject project = child(scope.getAsJsonObject(), "project");
    return JsonBody.string(project, project.has("id") ? "id" : "name");
  }

  private static JsonObject child(JsonObject object, String name) throws ApiException {
    JsonElement child = object.get(name);
    if (child == null || !child.isJsonObject()) {
      throw ApiException.invalid("'" + name + "' must be given, and be an object");
    }
    return child.getAsJsonObject();
  }

  private static JsonObject named(String name) {
    JsonObject object = new JsonObject();
    object.addProperty("id", name);
    object.addProperty("name", name);
    return object;
  }

  private static JsonObject inDomain(String name) {
    JsonObject object = named(name);
    JsonObject domain = new JsonObject();
    domain.addProperty("id", "default");
    domain.addProperty("name", "Default");
    object.add("domain", domain);
    return object;
  }

  private static Response token(int status, Session session, Exchange exchange) {
    JsonArray roles = new JsonArray();
    session.caller().roles().stream().sorted().forEach(role -> roles.add(named(role)));
    JsonArray methods = new JsonArray();
    methods.add("password");
    JsonArray audit = new JsonArray();
    audit.add("-");
    JsonObject token = new JsonObject();
    token.add("methods", methods);
    token.addProperty("expires_at", time(session.expires()));
    token.addProperty("issued_at", time(session.issued()));
    token.add("audit_ids", audit);
    token.add("user", inDomain(session.caller().user()));
    token.add("project", inDomain(session.caller().project()));
    token.add("roles", roles);
    token.addProperty("is_domain", false);
    token.add("catalog", catalog(exchange));
    JsonObject object = new JsonObject();
    object.add("token", token);
    return Response.json(status, object).with(SUBJECT, session.token());
  }

  private static String time(Instant instant) {
    return ImageJson.time(instant).replace("Z", ".000000Z");
  }

  private static JsonArray catalog(Exchange exchange) {
    JsonArray catalog = new JsonArray();
    catalog.add(service("image", "glance", Versions.base(exchange)));
    catalog.add(service("identity", "keystone", base(exchange)));
    return catalog;
  }

  private static JsonObject service(String type, String name, String url) {
    JsonArray endpoints = new JsonArray();
    for (String at : List.of("public", "internal", "admin")) {
      JsonObject endpoint = new JsonObject();
      endpoint.addProperty("id", type + "-" + at);
      endpoint.addProperty("interface", at);
      endpoint.addProperty("region", "RegionOne");
      endpoint.addProperty("region_id", "RegionOne");
      endpoint.addProperty("url", url);
      endpoints.add(endpoint);
    }
    JsonObject service = new JsonObject();
    service.addProperty("id", type);
    service.addProperty("type", type);
    service.addProperty("name", name);
    service.add("endpoints", endpoints);
    return service;
  }
}
