package io.diskformat.imageservice.http;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** The body of a request, as JSON. */
final class JsonBody {
  /** In bytes. */
  private static final int LARGEST = 1 << 20;

  private JsonBody() {}

  static JsonObject object(Exchange exchange) throws IOException {
    JsonElement element = read(exchange);
    if (!element.isJsonObject()) {
      throw ApiException.invalid("Request body must be a JSON object");
    }
    return element.getAsJsonObject();
  }

  static JsonArray array(Exchange exchange) throws IOException {
    JsonElement element = read(exchange);
    if (!element.isJsonArray()) {
      throw ApiException.invalid("Request body must be a JSON array of operation objects.");
    }
    return element.getAsJsonArray();
  }

  private static JsonElement read(Exchange exchange) throws IOException {
    byte[] bytes = exchange.body().readNBytes(LARGEST + 1);
    if (bytes.length > LARGEST) {
      throw new ApiException(413, "The body of the request has more than " + LARGEST + " bytes");
    }
    try {
      return JsonParser.parseString(new String(bytes, StandardCharsets.UTF_8));
    } catch (JsonParseException e) {
      throw ApiException.invalid("Malformed JSON in request body.");
    }
  }

  /** Returns the text of a member that must be there. */
  static String string(JsonObject object, String name) throws ApiException {
    JsonElement value = object.get(name);
    if (value == null || !value.isJsonPrimitive() || !value.getAsJsonPrimitive().isString()) {
      throw ApiException.invalid("'" + name + "' must be given, and be a string");
    }
    return value.getAsString();
  }
}
