package io.diskformat.imageservice.http;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import io.diskformat.imageservice.ImageAttributes;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A change of an image's attributes: operations of a JSON patch, of which clients use three, on
 * paths of one name. Immutable.
 */
final class ImagePatch {
  private static final String V21 = "application/openstack-images-v2.1-json-patch";
  private static final String V20 = "application/openstack-images-v2.0-json-patch";
  private static final List<String> OPERATIONS = List.of("add", "remove", "replace");

  private final List<Operation> operations;

  private record Operation(String name, String property, JsonElement value) {}

  private ImagePatch(List<Operation> operations) {
    this.operations = operations;
  }

  /** Reads the body of a request. */
  static ImagePatch of(Exchange exchange) throws IOException {
    String type = Objects.requireNonNullElse(exchange.header("Content-Type"), "");
    String media = type.split(";", -1)[0].trim();
    if (!media.equals(V21) && !media.equals(V20)) {
      throw new ApiException(
          415,
          "Unsupported media type " + media + ", expected " + V21,
          Map.of("Accept-Patch", V21 + ", " + V20));
    }
    JsonArray array = JsonBody.array(exchange);
    List<Operation> operations = new ArrayList<>();
    for (JsonElement element : array) {
      if (!element.isJsonObject()) {
        throw ApiException.invalid("Operations must be JSON objects.");
      }
      JsonObject object = element.getAsJsonObject();
      boolean _ = operations.add(media.equals(V21) ? operation(object) : oldOperation(object));
    }
    return new ImagePatch(operations);
  }

  private static Operation operation(JsonObject object) throws ApiException {
    String name = JsonBody.string(object, "op");
    if (!OPERATIONS.contains(name)) {
      throw ApiException.invalid(
          "Operations must be one of 'add', 'remove' or 'replace', not '" + name + "'.");
    }
    return operation(name, JsonBody.string(object, "path"), object.get("value"));
  }

  /** The first draft of JSON patches had the name of the operation as that of the path. */
  private static Operation oldOperation(JsonObject object) throws ApiException {
    for (String name : OPERATIONS) {
      if (object.has(name)) {
        return operation(name, JsonBody.string(object, name), object.get("value"));
      }
    }
    throw ApiException.invalid("Operations must be one of 'add', 'remove' or 'replace'.");
  }

  private static Operation operation(String name, String path, @Nullable JsonElement value)
      throws ApiException {
    if (value == null && !name.equals("remove")) {
      throw ApiException.invalid("Operation \"" + name + "\" requires a member named \"value\".");
    }
    return new Operation(name, property(path), value == null ? JsonNull.INSTANCE : value);
  }

  private static String property(String path) throws ApiException {
    if (!path.startsWith("/") || path.length() == 1) {
      throw ApiException.invalid("Pointer `" + path + "` does not start with \"/\" and a name.");
    }
    String pointer = path.substring(1);
    String first = pointer.split("/", -1)[0];
    if (first.equals("locations")) {
      throw ApiException.forbidden("Locations cannot be changed.");
    }
    if (pointer.contains("/")) {
      throw ApiException.invalid("Invalid JSON pointer for this resource: '" + path + "'");
    }
    String unescaped = pointer.replace("~1", "").replace("~0", "");
    if (unescaped.contains("~")) {
      throw ApiException.invalid("Pointer `" + path + "` contains \"~\" not part of an escape.");
    }
    return pointer.replace("~1", "/").replace("~0", "~");
  }

  /** Returns the attributes as all operations leave them. */
  ImageAttributes apply(ImageAttributes attributes) throws ApiException {
    ImageAttributes.Builder builder = attributes.toBuilder();
    for (Operation operation : operations) {
      switch (operation.name) {
        case "add" -> AttributeFields.set(builder, operation.property, operation.value);
        case "replace" -> AttributeFields.replace(builder, operation.property, operation.value);
        default -> AttributeFields.remove(builder, operation.property);
      }
    }
    return builder.build();
  }
}
