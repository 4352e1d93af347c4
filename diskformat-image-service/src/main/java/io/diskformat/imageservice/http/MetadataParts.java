package io.diskformat.imageservice.http;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/** What is in a namespace of metadata definitions. */
final class MetadataParts {
  /** What a namespace has by name; resource types are a list beside. */
  static final List<String> KINDS = List.of("objects", "properties", "tags");

  private static final String RESOURCE_TYPES = "resource_types";
  private static final String TYPES = "resource_type_associations";
  private static final int LONGEST_NAME = 80;

  private MetadataParts() {}

  static void checkName(String name) throws ApiException {
    // It becomes a part of addresses, and of a header.
    if (name.isBlank()
        || name.length() > LONGEST_NAME
        || name.chars().anyMatch(Character::isISOControl)) {
      throw ApiException.invalid(
          "A name has 1 to " + LONGEST_NAME + " characters, none of them a control character");
    }
  }

  static JsonObject object(JsonElement element) throws ApiException {
    if (!element.isJsonObject()) {
      throw ApiException.invalid("An object of JSON is expected");
    }
    return element.getAsJsonObject();
  }

  /** Returns all of a kind as they are shown in a list; of tags, that is the names. */
  static JsonArray values(JsonObject namespace, String kind) {
    JsonArray values = new JsonArray();
    for (JsonElement element : namespace.getAsJsonObject(kind).asMap().values()) {
      JsonObject part = shown(namespace, kind, element.getAsJsonObject());
      if (kind.equals("tags")) {
        JsonElement name = part.get("name");
        part = new JsonObject();
        part.add("name", name);
      }
      values.add(part);
    }
    return values;
  }

  private static JsonObject shown(JsonObject namespace, String kind, JsonObject part) {
    if (!kind.equals("objects")) {
      return part;
    }
    JsonObject shown = part.deepCopy();
    shown.addProperty(
        "self",
        "/v2/metadefs/namespaces/%s/objects/%s"
            .formatted(namespace.get("namespace").getAsString(), part.get("name").getAsString()));
    return shown;
  }

  /**
   * Shows a kind of parts, or one part.
   *
   * @param path the kind, and perhaps a name
   */
  static Response get(JsonObject namespace, List<String> path) throws ApiException {
    String kind = path.getFirst();
    if (path.equals(List.of(RESOURCE_TYPES))) {
      JsonObject object = new JsonObject();
      object.add(TYPES, namespace.get(TYPES));
      return Response.json(200, object);
    }
    if (!KINDS.contains(kind)) {
      throw Routes.notFound();
    }
    if (path.size() == 2) {
      return Response.json(200, shown(namespace, kind, part(namespace, kind, path.get(1))));
    }
    JsonObject object = new JsonObject();
    object.add(kind, kind.equals("properties") ? namespace.get(kind) : values(namespace, kind));
    if (kind.equals("objects")) {
      object.addProperty("schema", "/v2/schemas/metadefs/objects");
    }
    return Response.json(200, object);
  }

  private static JsonObject part(JsonObject namespace, String kind, String name)
      throws ApiException {
    JsonElement part = namespace.getAsJsonObject(kind).get(name);
    if (part == null) {
      throw new ApiException(404, "There is none of the " + kind + " by the name " + name);
    }
    return part.getAsJsonObject();
  }

  /**
   * Changes a kind of parts, or one part.
   *
   * @param path the kind, and perhaps a name
   */
  static Response change(JsonObject namespace, String method, List<String> path, JsonObject body)
      throws ApiException {
    String kind = path.getFirst();
    if (kind.equals(RESOURCE_TYPES)) {
      return changeTypes(namespace.getAsJsonArray(TYPES), method, path, body);
    }
    if (!KINDS.contains(kind)) {
      throw Routes.notFound();
    }
    JsonObject parts = namespace.getAsJsonObject(kind);
    if (path.size() == 1) {
      return switch (method) {
        case "POST" ->
            Response.json(
                201, shown(namespace, kind, add(parts, kind, JsonBody.string(body, "name"), body)));
        case "DELETE" -> {
          namespace.add(kind, new JsonObject());
          yield Response.empty(204);
        }
        default -> throw Routes.notAllowed("GET, POST, DELETE");
      };
    }
    String name = path.get(1);
    return switch (method) {
      case "POST" -> {
        if (!kind.equals("tags")) {
          throw Routes.notAllowed("GET, PUT, DELETE");
        }
        yield Response.json(201, add(parts, kind, name, new JsonObject()));
      }
      case "PUT" -> {
        JsonObject before = part(namespace, kind, name);
        JsonElement _ = parts.remove(name);
        JsonObject after = add(parts, kind, JsonBody.string(body, "name"), body);
        if (before.has("created_at")) {
          after.add("created_at", before.get("created_at"));
        }
        yield Response.json(200, shown(namespace, kind, after));
      }
      case "DELETE" -> {
        var _ = part(namespace, kind, name);
        JsonElement _ = parts.remove(name);
        yield Response.empty(204);
      }
      default -> throw Routes.notAllowed("GET, PUT, DELETE");
    };
  }

  /** Adds the parts that a new namespace comes with. */
  static void addAll(JsonObject namespace, JsonObject body) throws ApiException {
    for (String kind : KINDS) {
      JsonElement given = body.get(kind);
      JsonObject parts = namespace.getAsJsonObject(kind);
      if (given != null && given.isJsonObject() && kind.equals("properties")) {
        for (Map.Entry<String, JsonElement> entry : given.getAsJsonObject().entrySet()) {
          var _ = add(parts, kind, entry.getKey(), object(entry.getValue()));
        }
      } else if (given != null && given.isJsonArray()) {
        for (JsonElement element : given.getAsJsonArray()) {
          JsonObject part = object(element);
          var _ = add(parts, kind, JsonBody.string(part, "name"), part);
        }
      }
    }
  }

  private static JsonObject add(JsonObject parts, String kind, String name, JsonObject body)
      throws ApiException {
    checkName(name);
    if (parts.has(name)) {
      throw new ApiException(409, "There is one of the " + kind + " by the name " + name);
    }
    JsonObject part = body.deepCopy();
    part.addProperty("name", name);
    if (!kind.equals("properties")) {
      String now = ImageJson.time(Instant.now());
      part.addProperty("created_at", now);
      part.addProperty("updated_at", now);
    }
    if (kind.equals("objects")) {
      if (!part.has("properties")) {
        part.add("properties", new JsonObject());
      }
      if (!part.has("required")) {
        part.add("required", new JsonArray());
      }
      part.addProperty("schema", "/v2/schemas/metadefs/object");
    }
    parts.add(name, part);
    return part;
  }

  /**
   * Sets all tags of a namespace.
   *
   * @param appends whether those that are there stay
   */
  static Response setTags(JsonObject namespace, JsonObject body, boolean appends)
      throws ApiException {
    JsonElement tags = body.get("tags");
    if (tags == null || !tags.isJsonArray()) {
      throw ApiException.invalid("'tags' must be given, and be an array");
    }
    JsonObject parts = appends ? namespace.getAsJsonObject("tags") : new JsonObject();
    for (JsonElement tag : tags.getAsJsonArray()) {
      var _ = add(parts, "tags", JsonBody.string(object(tag), "name"), new JsonObject());
    }
    namespace.add("tags", parts);
    JsonObject answer = new JsonObject();
    answer.add("tags", values(namespace, "tags"));
    return Response.json(201, answer);
  }

  private static Response changeTypes(
      JsonArray types, String method, List<String> path, JsonObject body) throws ApiException {
    String name =
        path.size() == 1 && method.equals("POST") ? JsonBody.string(body, "name") : path.getLast();
    checkName(name);
    boolean isThere =
        types
            .asList()
            .removeIf(type -> type.getAsJsonObject().get("name").getAsString().equals(name));
    if (path.size() == 2 && method.equals("DELETE")) {
      if (!isThere) {
        throw new ApiException(404, "There is no association with the resource type " + name);
      }
      return Response.empty(204);
    }
    if (path.size() != 1 || !method.equals("POST")) {
      throw Routes.notAllowed(path.size() == 1 ? "GET, POST" : "DELETE");
    }
    JsonObject type = new JsonObject();
    type.addProperty("name", name);
    for (String text : List.of("prefix", "properties_target")) {
      if (body.has(text) && !body.get(text).isJsonNull()) {
        type.addProperty(text, JsonBody.string(body, text));
      }
    }
    String now = ImageJson.time(Instant.now());
    type.addProperty("created_at", now);
    type.addProperty("updated_at", now);
    types.add(type);
    return Response.json(201, type);
  }
}
