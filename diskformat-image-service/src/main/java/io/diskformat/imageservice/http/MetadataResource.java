package io.diskformat.imageservice.http;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.diskformat.imageservice.Caller;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Definitions of metadata: all may look at them, and admins change them. */
final class MetadataResource {
  private static final String PATH = "/v2/metadefs/namespaces";
  private static final String SCHEMAS = "/v2/schemas/metadefs/";
  private static final String TYPES = "resource_type_associations";

  /** Which types of resources there are for sure. */
  private static final List<String> KNOWN_TYPES =
      List.of("OS::Cinder::Volume", "OS::Glance::Image", "OS::Nova::Flavor", "OS::Nova::Server");

  private final MetadataDefinitions definitions;

  MetadataResource(MetadataDefinitions definitions) {
    this.definitions = definitions;
  }

  /**
   * Answers a request.
   *
   * @param path what follows {@code /v2/metadefs}
   */
  Response answer(Caller caller, List<String> path, Exchange exchange) throws IOException {
    String method = exchange.method();
    if (path.equals(List.of("resource_types")) && method.equals("GET")) {
      return resourceTypes();
    }
    if (path.isEmpty() || !path.getFirst().equals("namespaces") || path.size() > 4) {
      throw Routes.notFound();
    }
    if (!method.equals("GET") && !caller.isAdmin()) {
      throw ApiException.forbidden("You are not authorized to change definitions of metadata.");
    }
    if (path.size() == 1) {
      return switch (method) {
        case "GET" -> list(caller, Parameters.of(exchange.query()));
        case "POST" -> {
          JsonObject body = JsonBody.object(exchange);
          yield definitions.change(all -> create(caller, all, body));
        }
        default -> throw Routes.notAllowed("GET, POST");
      };
    }
    String name = path.get(1);
    if (method.equals("GET")) {
      JsonObject namespace = visible(caller, definitions.all(), name);
      return path.size() == 2
          ? Response.json(200, whole(namespace))
          : MetadataParts.get(namespace, path.subList(2, path.size()));
    }
    JsonObject body =
        method.equals("DELETE") || (method.equals("POST") && path.size() == 4)
            ? new JsonObject()
            : JsonBody.object(exchange);
    boolean appends = "true".equalsIgnoreCase(exchange.header("X-Openstack-Append"));
    if (path.size() == 3 && path.getLast().equals("tags") && method.equals("POST")) {
      return definitions.change(
          all -> MetadataParts.setTags(visible(caller, all, name), body, appends));
    }
    return definitions.change(all -> {
      JsonObject namespace = visible(caller, all, name);
      return path.size() == 2
          ? change(all, namespace, method, body)
          : MetadataParts.change(namespace, method, path.subList(2, path.size()), body);
    });
  }

  private static boolean sees(Caller caller, JsonObject namespace) {
    return caller.isAdmin()
        || namespace.get("visibility").getAsString().equals("public")
        || namespace.get("owner").getAsString().equals(caller.project());
  }

  private static JsonObject visible(Caller caller, JsonObject all, String name) throws IOException {
    JsonElement namespace = all.get(name);
    if (namespace == null || !sees(caller, namespace.getAsJsonObject())) {
      throw new ApiException(404, "Metadata definition namespace not found: " + name);
    }
    return namespace.getAsJsonObject();
  }

  private Response resourceTypes() throws IOException {
    Set<String> names = new TreeSet<>(KNOWN_TYPES);
    for (JsonElement namespace : definitions.all().asMap().values()) {
      for (JsonElement type : namespace.getAsJsonObject().getAsJsonArray(TYPES)) {
        boolean _ = names.add(type.getAsJsonObject().get("name").getAsString());
      }
    }
    JsonArray types = new JsonArray();
    for (String name : names) {
      JsonObject type = new JsonObject();
      type.addProperty("name", name);
      type.addProperty("created_at", ImageJson.time(Instant.EPOCH));
      type.addProperty("updated_at", ImageJson.time(Instant.EPOCH));
      types.add(type);
    }
    JsonObject object = new JsonObject();
    object.add("resource_types", types);
    return Response.json(200, object);
  }

  private Response list(Caller caller, Parameters parameters) throws IOException {
    String visibility = parameters.last("visibility");
    String types = parameters.last("resource_types");
    int limit = ListQuery.limit(parameters);
    String marker = parameters.last("marker");
    if (marker != null) {
      var _ = visible(caller, definitions.all(), marker);
    }
    boolean began = marker == null;
    JsonArray page = new JsonArray();
    String last = "";
    for (JsonElement element : definitions.all().asMap().values()) {
      JsonObject namespace = element.getAsJsonObject();
      String name = namespace.get("namespace").getAsString();
      boolean isWanted =
          sees(caller, namespace)
              && (visibility == null
                  || namespace.get("visibility").getAsString().equals(visibility))
              && (types == null || hasType(namespace, Set.of(types.split(",", -1))));
      if (began && isWanted && page.size() < limit) {
        page.add(withTypes(namespace));
        last = name;
      }
      began |= name.equals(marker);
    }
    String query = parameters.without("marker");
    JsonObject object = new JsonObject();
    object.addProperty("first", PATH + (query.isEmpty() ? "" : "?" + query));
    object.add("namespaces", page);
    object.addProperty("schema", SCHEMAS + "namespaces");
    if (limit > 0 && page.size() == limit) {
      object.addProperty("next", PATH + "?" + parameters.with("marker", last));
    }
    return Response.json(200, object);
  }

  private static boolean hasType(JsonObject namespace, Set<String> wanted) {
    return namespace.getAsJsonArray(TYPES).asList().stream()
        .anyMatch(type -> wanted.contains(type.getAsJsonObject().get("name").getAsString()));
  }

  private static JsonObject shown(JsonObject namespace) {
    JsonObject object = namespace.deepCopy();
    object.remove("objects");
    object.remove("properties");
    object.remove("tags");
    object.remove(TYPES);
    object.addProperty("self", PATH + "/" + namespace.get("namespace").getAsString());
    object.addProperty("schema", SCHEMAS + "namespace");
    return object;
  }

  /** Returns a namespace with all that is in it. */
  private static JsonObject whole(JsonObject namespace) {
    JsonObject object = withTypes(namespace);
    if (!namespace.getAsJsonObject("properties").isEmpty()) {
      object.add("properties", namespace.get("properties"));
    }
    for (String kind : List.of("objects", "tags")) {
      JsonArray values = MetadataParts.values(namespace, kind);
      if (!values.isEmpty()) {
        object.add(kind, values);
      }
    }
    return object;
  }

  private static JsonObject withTypes(JsonObject namespace) {
    JsonObject object = shown(namespace);
    if (!namespace.getAsJsonArray(TYPES).isEmpty()) {
      object.add(TYPES, namespace.get(TYPES));
    }
    return object;
  }

  private static Response create(Caller caller, JsonObject all, JsonObject body)
      throws IOException {
    String name = JsonBody.string(body, "namespace");
    MetadataParts.checkName(name);
    if (all.has(name)) {
      throw new ApiException(409, "Metadata definition namespace exists already: " + name);
    }
    JsonObject namespace = new JsonObject();
    namespace.addProperty("namespace", name);
    namespace.addProperty("visibility", "private");
    namespace.addProperty("protected", false);
    namespace.addProperty("owner", caller.project());
    String now = ImageJson.time(Instant.now());
    namespace.addProperty("created_at", now);
    namespace.addProperty("updated_at", now);
    namespace.add(TYPES, new JsonArray());
    for (String kind : MetadataParts.KINDS) {
      namespace.add(kind, new JsonObject());
    }
    set(namespace, body);
    JsonElement types = body.get(TYPES);
    if (types != null && types.isJsonArray()) {
      for (JsonElement type : types.getAsJsonArray()) {
        var _ =
            MetadataParts.change(
                namespace, "POST", List.of("resource_types"), MetadataParts.object(type));
      }
    }
    MetadataParts.addAll(namespace, body);
    all.add(name, namespace);
    return Response.json(201, whole(namespace)).with("Location", PATH + "/" + name);
  }

  private static void set(JsonObject namespace, JsonObject body) throws IOException {
    for (String text : List.of("display_name", "description", "owner", "visibility")) {
      if (body.has(text)) {
        namespace.addProperty(text, JsonBody.string(body, text));
      }
    }
    if (!Set.of("public", "private").contains(namespace.get("visibility").getAsString())) {
      throw ApiException.invalid("'visibility' is public or private");
    }
    JsonElement isProtected = body.get("protected");
    if (isProtected != null) {
      if (!isProtected.isJsonPrimitive() || !isProtected.getAsJsonPrimitive().isBoolean()) {
        throw ApiException.invalid("'protected' is true or false");
      }
      namespace.add("protected", isProtected);
    }
  }

  private static Response change(
      JsonObject all, JsonObject namespace, String method, JsonObject body) throws IOException {
    String name = namespace.get("namespace").getAsString();
    if (method.equals("DELETE")) {
      if (namespace.get("protected").getAsBoolean()) {
        throw ApiException.forbidden("Metadata definition namespace " + name + " is protected.");
      }
      JsonElement _ = all.remove(name);
      return Response.empty(204);
    }
    if (!method.equals("PUT")) {
      throw Routes.notAllowed("GET, PUT, DELETE");
    }
    String other = body.has("namespace") ? JsonBody.string(body, "namespace") : name;
    MetadataParts.checkName(other);
    if (!other.equals(name) && all.has(other)) {
      throw new ApiException(409, "Metadata definition namespace exists already: " + other);
    }
    JsonElement _ = all.remove(name);
    namespace.addProperty("namespace", other);
    set(namespace, body);
    namespace.addProperty("updated_at", ImageJson.time(Instant.now()));
    all.add(other, namespace);
    return Response.json(200, shown(namespace));
  }
}
