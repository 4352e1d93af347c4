package io.diskformat.imageservice.http;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The schemas of what clients see, from which they make their options: those of one of a kind are
 * in {@code schemas.json}, and those of lists are made of them.
 */
final class Schemas {
  private static final Map<String, String> OF_LISTS =
      Map.of(
          "images", "image",
          "members", "member",
          "tasks", "task",
          "metadefs/namespaces", "metadefs/namespace",
          "metadefs/resource_types", "metadefs/resource_type",
          "metadefs/objects", "metadefs/object",
          "metadefs/properties", "metadefs/property",
          "metadefs/tags", "metadefs/tag");

  /** Of these there are no pages. */
  private static final List<String> WHOLE = List.of("members", "tasks");

  private static final JsonObject ALL = read();

  private Schemas() {}

  private static JsonObject read() {
    try (InputStream in =
        Objects.requireNonNull(Schemas.class.getResourceAsStream("schemas.json"))) {
      String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      JsonObject all = JsonParser.parseString(text).getAsJsonObject();
      JsonObject image = all.getAsJsonObject("image").getAsJsonObject("properties");
      choose(image, "container_format", AttributeFields.CONTAINER_FORMATS);
      choose(image, "disk_format", AttributeFields.DISK_FORMATS);
      return all;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void choose(JsonObject image, String property, List<String> values) {
    JsonArray all = new JsonArray();
    all.add(JsonNull.INSTANCE);
    values.forEach(all::add);
    image.getAsJsonObject(property).add("enum", all);
  }

  /**
   * Returns a schema, which must not be changed.
   *
   * @param name what follows {@code /v2/schemas/}
   * @return null if there is none
   */
  static @Nullable JsonObject named(String name) {
    String element = OF_LISTS.get(name);
    return element == null ? ALL.getAsJsonObject(name) : list(name, ALL.getAsJsonObject(element));
  }

  private static JsonObject list(String name, JsonObject element) {
    JsonObject items = element.deepCopy();
    JsonElement definitions = items.remove("definitions");
    if (name.equals("tasks")) {
      // A list says less of each.
      List.of("input", "result", "message").forEach(items.getAsJsonObject("properties")::remove);
    }
    JsonObject elements = new JsonObject();
    String last = name.substring(name.lastIndexOf('/') + 1);
    if (last.equals("properties")) {
      elements.addProperty("type", "object");
      elements.add("additionalProperties", items);
    } else {
      elements.addProperty("type", "array");
      elements.add("items", items);
    }
    JsonObject properties = new JsonObject();
    String plural = last.equals("resource_types") ? "resource_type_associations" : last;
    properties.add(plural, elements);
    JsonArray links = new JsonArray();
    if (!WHOLE.contains(name)) {
      for (String way : List.of("first", "next")) {
        properties.add(way, text());
        links.add(link(way, way));
      }
    }
    properties.add("schema", text());
    links.add(link("describedby", "schema"));
    JsonObject list = new JsonObject();
    list.addProperty("name", plural);
    list.add("properties", properties);
    list.add("links", links);
    if (definitions != null) {
      list.add("definitions", definitions);
    }
    return list;
  }

  private static JsonObject text() {
    JsonObject type = new JsonObject();
    type.addProperty("type", "string");
    return type;
  }

  private static JsonObject link(String relation, String property) {
    JsonObject link = new JsonObject();
    link.addProperty("rel", relation);
    link.addProperty("href", "{" + property + "}");
    return link;
  }
}
