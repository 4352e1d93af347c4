package io.diskformat.imageservice.http;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.diskformat.imageservice.Caller;
import io.diskformat.imageservice.GuestChange;
import io.diskformat.imageservice.ImageEdits;
import io.diskformat.imageservice.ImageRecord;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * An extension: a new image in which some files of another have changed.
 *
 * <pre>
 * POST /v2/images/ID/edit
 * { "name": "prepared", "volume": "/dev/vg/root", "changes": [
 *   { "write": "/etc/hostname", "text": "guest\n" },
 *   { "append": "/etc/hosts", "text": "10.0.0.1 store\n" },
 *   { "replace": "/etc/ssh/sshd_config", "text": "#UseDNS no", "by": "UseDNS no" },
 *   { "remove": "/etc/udev/rules.d/70-persistent-net.rules" },
 *   { "directory": "/root/.ssh" } ] }
 * </pre>
 */
final class EditResource {
  private final ImageEdits edits;

  EditResource(ImageEdits edits) {
    this.edits = edits;
  }

  Response begin(Caller caller, String id, Exchange exchange, String request) throws IOException {
    JsonObject body = JsonBody.object(exchange);
    JsonElement listed = body.get("changes");
    if (listed == null || !listed.isJsonArray() || listed.getAsJsonArray().isEmpty()) {
      throw ApiException.invalid("'changes' must be given, and be an array");
    }
    ImageRecord image =
        edits.begin(
            caller,
            id,
            optional(body, "name"),
            optional(body, "volume"),
            changes(listed.getAsJsonArray()),
            request);
    return Response.json(202, ImageJson.of(image)).with("Location", "/v2/images/" + image.id());
  }

  private static @Nullable String optional(JsonObject body, String name) throws ApiException {
    return body.has(name) ? JsonBody.string(body, name) : null;
  }

  private static List<GuestChange> changes(JsonArray array) throws ApiException {
    List<GuestChange> changes = new ArrayList<>();
    for (JsonElement element : array) {
      if (!element.isJsonObject()) {
        throw ApiException.invalid("A change must be an object");
      }
      changes.add(change(element.getAsJsonObject()));
    }
    return changes;
  }

  private static GuestChange change(JsonObject object) throws ApiException {
    for (GuestChange.Kind kind : GuestChange.Kind.values()) {
      String name = kind.name().toLowerCase(Locale.ROOT);
      if (object.has(name)) {
        String path = JsonBody.string(object, name);
        if (!path.startsWith("/")) {
          throw ApiException.invalid("A path begins with a slash, not: " + path);
        }
        return switch (kind) {
          case WRITE, APPEND -> new GuestChange(kind, path, JsonBody.string(object, "text"), "");
          case REPLACE ->
              new GuestChange(
                  kind, path, JsonBody.string(object, "text"), JsonBody.string(object, "by"));
          case REMOVE, DIRECTORY -> new GuestChange(kind, path, "", "");
        };
      }
    }
    throw ApiException.invalid("A change has write, append, replace, remove or directory");
  }
}
