package io.diskformat.imageservice.http;

import com.google.gson.JsonElement;
import com.google.gson.JsonPrimitive;
import io.diskformat.imageservice.ImageAttributes;
import io.diskformat.imageservice.Visibility;
import java.math.BigDecimal;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The attributes of an image by the names that clients know, and what a client may set. */
final class AttributeFields {
  static final List<String> DISK_FORMATS = List.of("raw", "qcow2", "vmdk", "vdi", "iso");
  static final List<String> CONTAINER_FORMATS = List.of("bare", "ovf", "ova", "ami", "ari", "aki");

  private static final Set<String> OF_THE_OWNER =
      Set.of(
          "name",
          "owner",
          "visibility",
          "protected",
          "os_hidden",
          "container_format",
          "disk_format",
          "min_disk",
          "min_ram",
          "tags");

  private static final Set<String> READ_ONLY =
      Set.of(
          "id",
          "status",
          "checksum",
          "size",
          "virtual_size",
          "created_at",
          "updated_at",
          "direct_url",
          "self",
          "file",
          "schema",
          "os_hash_algo",
          "os_hash_value",
          "stores");

  private static final Set<String> RESERVED =
      Set.of("location", "locations", "deleted", "deleted_at");
  private static final String RESERVED_PREFIX = "os_glance";
  private static final int LONGEST_PROPERTY = 255;

  private AttributeFields() {}

  /** Returns whether a name is that of an attribute that every image has. */
  static boolean isOfEveryImage(String name) {
    return OF_THE_OWNER.contains(name) || READ_ONLY.contains(name);
  }

  /** Refuses a name that no client may set. */
  static void checkMayChange(String name) throws ApiException {
    if (READ_ONLY.contains(name)) {
      throw ApiException.forbidden("Attribute '" + name + "' is read-only.");
    }
    if (RESERVED.contains(name) || name.startsWith(RESERVED_PREFIX)) {
      throw ApiException.forbidden("Attribute '" + name + "' is reserved.");
    }
  }

  /** Sets what a client may set. */
  static void set(ImageAttributes.Builder builder, String name, JsonElement value)
      throws ApiException {
    checkMayChange(name);
    switch (name) {
      case "name" -> builder.name(stringOrNull(name, value));
      case "owner" -> builder.owner(string(name, value));
      case "visibility" -> builder.visibility(visibility(value));
      case "protected" -> builder.isProtected(bool(name, value));
      case "os_hidden" -> builder.isHidden(bool(name, value));
      case "container_format" ->
          builder.containerFormat(oneOf(name, value, CONTAINER_FORMATS));
      case "disk_format" -> builder.diskFormat(oneOf(name, value, DISK_FORMATS));
      case "min_disk" -> builder.minDisk(integer(name, value));
      case "min_ram" -> builder.minRam(integer(name, value));
      case "tags" -> {
        Set<String> tags = tags(value);
        builder.tags().clear();
        boolean _ = builder.tags().addAll(tags);
      }
      default -> {
        if (name.isEmpty() || name.length() > LONGEST_PROPERTY) {
          throw ApiException.invalid(
              "The name of a property has 1 to " + LONGEST_PROPERTY + " characters");
        }
        String _ = builder.properties().put(name, string(name, value));
      }
    }
  }

  /** Removes a property, which only those can be that not every image has. */
  static void remove(ImageAttributes.Builder builder, String name) throws ApiException {
    checkMayChange(name);
    if (OF_THE_OWNER.contains(name)) {
      throw ApiException.forbidden("Property " + name + " may not be removed.");
    }
    if (builder.properties().remove(name) == null) {
      throw missing(name);
    }
  }

  /** Sets what must be there. */
  static void replace(ImageAttributes.Builder builder, String name, JsonElement value)
      throws ApiException {
    checkMayChange(name);
    if (!OF_THE_OWNER.contains(name) && !builder.properties().containsKey(name)) {
      throw missing(name);
    }
    set(builder, name, value);
  }

  private static ApiException missing(String name) {
    return new ApiException(409, "Property " + name + " does not exist.");
  }

  private static ApiException unfit(String name, String expected, JsonElement value) {
    String found = value.toString();
    return ApiException.invalid(
        "Failed validating '%s': %s, expected %s"
            .formatted(name, found.substring(0, Math.min(100, found.length())), expected));
  }

  private static @Nullable String stringOrNull(String name, JsonElement value)
      throws ApiException {
    return value.isJsonNull() ? null : string(name, value);
  }

  private static String string(String name, JsonElement value) throws ApiException {
    if (value instanceof JsonPrimitive primitive && primitive.isString()) {
      return primitive.getAsString();
    }
    throw unfit(name, "a string", value);
  }

  private static boolean bool(String name, JsonElement value) throws ApiException {
    if (value instanceof JsonPrimitive primitive && primitive.isBoolean()) {
      return primitive.getAsBoolean();
    }
    throw unfit(name, "true or false", value);
  }

  private static int integer(String name, JsonElement value) throws ApiException {
    if (value instanceof JsonPrimitive primitive && primitive.isNumber()) {
      try {
        // A number like 1e999999999 would take all memory as an integer of any size.
        BigDecimal number = primitive.getAsBigDecimal();
        if (number.precision() - number.scale() <= 10 && number.scale() <= 0) {
          return number.intValueExact();
        }
      } catch (ArithmeticException | NumberFormatException e) {
        // It is refused below.
      }
    }
    throw unfit(name, "an integer of 32 bits", value);
  }

  private static @Nullable String oneOf(String name, JsonElement value, List<String> allowed)
      throws ApiException {
    String text = stringOrNull(name, value);
    if (text != null && !allowed.contains(text)) {
      throw unfit(name, "one of " + String.join(", ", allowed), value);
    }
    return text;
  }

  private static Visibility visibility(JsonElement value) throws ApiException {
    String text = string("visibility", value);
    try {
      return Visibility.of(text);
    } catch (IllegalArgumentException e) {
      throw unfit("visibility", "one of community, public, private, shared", value);
    }
  }

  private static Set<String> tags(JsonElement value) throws ApiException {
    if (!value.isJsonArray()) {
      throw unfit("tags", "an array of strings", value);
    }
    Set<String> tags = new TreeSet<>();
    for (JsonElement tag : value.getAsJsonArray()) {
      boolean _ = tags.add(string("tags", tag));
    }
    return tags;
  }
}
