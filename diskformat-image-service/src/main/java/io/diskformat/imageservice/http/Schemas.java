package io.diskformat.imageservice.http;

import com.google.gson.JsonArray;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The schemas of what clients see. They make their options of that of an image. */
final class Schemas {
  private Schemas() {}

  /**
   * Returns a schema.
   *
   * @param name what follows {@code /v2/schemas/}
   * @return null if there is none
   */
  static @Nullable JsonObject named(String name) {
    return switch (name) {
      case "image" -> image();
      case "images" -> list("images", "/v2/schemas/image");
      case "member" ->
          object(
              "member",
              property("member_id", "string", "An identifier for the image member"),
              property("image_id", "string", "An identifier for the image"),
              property("status", "string", "The status of this image member"),
              property("created_at", "string", "When the member was created"),
              property("updated_at", "string", "When the member was changed"),
              property("schema", "string", ""));
      case "members" -> list("members", "/v2/schemas/member");
      case "task" ->
          object(
              "task",
              property("id", "string", "An identifier for the task"),
              property("type", "string", "The type of task represented by this content"),
              property("status", "string", "The current status of this task"),
              property("owner", "string", "An identifier for the owner of this task"),
              property("message", "string", "Human-readable informative message"));
      case "tasks" -> list("tasks", "/v2/schemas/task");
      case "metadefs/namespace",
          "metadefs/resource_type",
          "metadefs/object",
          "metadefs/property",
          "metadefs/tag" ->
          object(metadata(name), property("name", "string", "Its name"));
      case "metadefs/namespaces",
          "metadefs/resource_types",
          "metadefs/objects",
          "metadefs/properties",
          "metadefs/tags" ->
          list(metadata(name), "/v2/schemas/" + name);
      default -> null;
    };
  }

  /** Returns the name that is in the schema of a kind of metadata definitions. */
  private static String metadata(String path) {
    return path.substring("metadefs/".length()).replace("resource_type", "resource_type_association");
  }

  private record Property(String name, JsonObject schema) {}

  private static Property property(String name, String type, String description) {
    JsonObject schema = new JsonObject();
    if (type.endsWith("?")) {
      JsonArray types = new JsonArray();
      types.add("null");
      types.add(type.substring(0, type.length() - 1));
      schema.add("type", types);
    } else {
      schema.addProperty("type", type);
    }
    schema.addProperty("description", description);
    return new Property(name, schema);
  }

  private static Property readOnly(String name, String type, String description) {
    Property property = property(name, type, description);
    property.schema.addProperty("readOnly", true);
    return property;
  }

  private static Property choice(
      String name, String type, String description, List<String> values) {
    Property property = property(name, type, description);
    JsonArray all = new JsonArray();
    if (type.endsWith("?")) {
      all.add(JsonNull.INSTANCE);
    }
    values.forEach(all::add);
    property.schema.add("enum", all);
    return property;
  }

  private static JsonObject object(String name, Property... properties) {
    JsonObject all = new JsonObject();
    for (Property property : properties) {
      all.add(property.name, property.schema);
    }
    JsonObject object = new JsonObject();
    object.addProperty("name", name);
    object.add("properties", all);
    return object;
  }

  private static JsonObject list(String name, String item) {
    JsonObject items = new JsonObject();
    items.addProperty("$ref", item);
    Property list = property(name, "array", "");
    list.schema.add("items", items);
    return object(
        name,
        list,
        property("schema", "string", ""),
        property("next", "string", ""),
        property("first", "string", ""));
  }

  private static JsonObject image() {
    Property tags = property("tags", "array", "List of strings related to the image");
    JsonObject tag = new JsonObject();
    tag.addProperty("type", "string");
    tag.addProperty("maxLength", 255);
    tags.schema.add("items", tag);
    Property id = property("id", "string", "An identifier for the image");
    id.schema.addProperty(
        "pattern",
        "^([0-9a-fA-F]){8}-([0-9a-fA-F]){4}-([0-9a-fA-F]){4}-([0-9a-fA-F]){4}-([0-9a-fA-F]){12}$");
    JsonObject image =
        object(
            "image",
            id,
            property("name", "string?", "Descriptive name for the image"),
            readOnly("status", "string", "Status of the image"),
            choice(
                "visibility",
                "string",
                "Scope of image accessibility",
                List.of("community", "public", "private", "shared")),
            property("protected", "boolean", "If true, image will not be deletable."),
            property("os_hidden", "boolean", "If true, image will not appear in default list."),
            readOnly("checksum", "string?", "md5 hash of image contents."),
            readOnly("os_hash_algo", "string?", "Algorithm to calculate the os_hash_value"),
            readOnly("os_hash_value", "string?", "Hexdigest of the image contents"),
            property("owner", "string?", "Owner of the image"),
            readOnly("size", "integer?", "Size of image file in bytes"),
            readOnly("virtual_size", "integer?", "Virtual size of image in bytes"),
            choice(
                "container_format",
                "string?",
                "Format of the container",
                AttributeFields.CONTAINER_FORMATS),
            choice("disk_format", "string?", "Format of the disk", AttributeFields.DISK_FORMATS),
            property(
                "min_disk", "integer", "Amount of disk space (in GB) required to boot image."),
            property("min_ram", "integer", "Amount of ram (in MB) required to boot image."),
            tags,
            readOnly("created_at", "string", "Date and time of image registration"),
            readOnly("updated_at", "string", "Date and time of the last image modification"),
            readOnly("self", "string", "An image self url"),
            readOnly("file", "string", "An image file url"),
            readOnly("schema", "string", "An image schema url"));
    JsonObject others = new JsonObject();
    others.addProperty("type", "string");
    image.add("additionalProperties", others);
    return image;
  }
}
