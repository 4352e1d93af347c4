package io.diskformat.imageservice.http;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.util.Objects;

/** Which versions of the API there are. Only what this service does is announced. */
final class Versions {
  private static final int LATEST = 16;

  private Versions() {}

  /** Returns where the client found this service, without a slash at the end. */
  static String base(Exchange exchange) {
    String host = Objects.requireNonNullElse(exchange.header("Host"), "localhost");
    return (exchange.isSecure() ? "https://" : "http://") + host;
  }

  /**
   * Returns the versions.
   *
   * @param status 300 where a client asks for the root, as it is to choose one
   */
  static Response of(Exchange exchange, int status) {
    JsonObject link = new JsonObject();
    link.addProperty("rel", "self");
    link.addProperty("href", base(exchange) + "/v2/");
    JsonArray links = new JsonArray();
    links.add(link);
    JsonArray versions = new JsonArray();
    for (int minor = LATEST; minor >= 0; minor--) {
      JsonObject version = new JsonObject();
      version.addProperty("id", "v2." + minor);
      version.addProperty("status", minor == LATEST ? "CURRENT" : "SUPPORTED");
      version.add("links", links);
      versions.add(version);
    }
    JsonObject object = new JsonObject();
    object.add("versions", versions);
    return Response.json(status, object);
  }
}
