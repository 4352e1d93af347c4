package io.diskformat.imageservice.http;

import com.google.gson.JsonArray;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import io.diskformat.imageservice.ImageAttributes;
import io.diskformat.imageservice.ImageMember;
import io.diskformat.imageservice.ImageRecord;
import io.diskformat.imageservice.ImportTask;
import io.diskformat.imageservice.StoredData;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** What clients see of an image, of its members and its tasks. */
final class ImageJson {
  private ImageJson() {}

  static JsonObject of(ImageRecord image) {
    ImageAttributes attributes = image.attributes();
    StoredData data = image.data();
    String self = "/v2/images/" + image.id();
    JsonObject object = new JsonObject();
    attributes.properties().forEach(object::addProperty);
    object.addProperty("id", image.id());
    object.addProperty("name", attributes.name());
    object.addProperty("status", image.status().text());
    object.addProperty("visibility", attributes.visibility().text());
    object.addProperty("protected", attributes.isProtected());
    object.addProperty("os_hidden", attributes.isHidden());
    object.addProperty("owner", attributes.owner());
    object.addProperty("container_format", attributes.containerFormat());
    object.addProperty("disk_format", attributes.diskFormat());
    object.addProperty("min_disk", attributes.minDisk());
    object.addProperty("min_ram", attributes.minRam());
    object.addProperty("size", data == null ? null : data.size());
    object.addProperty("virtual_size", data == null ? null : data.virtualSize());
    object.addProperty("checksum", data == null ? null : data.md5());
    object.addProperty("os_hash_algo", data == null ? null : "sha512");
    object.addProperty("os_hash_value", data == null ? null : data.sha512());
    object.addProperty("created_at", time(image.createdAt()));
    object.addProperty("updated_at", time(image.updatedAt()));
    JsonArray tags = new JsonArray();
    attributes.tags().forEach(tags::add);
    object.add("tags", tags);
    if (!image.tasks().isEmpty()) {
      ImportTask last = image.tasks().getLast();
      if (last.status() == ImportTask.Status.PROCESSING) {
        object.addProperty("os_glance_import_task", last.id());
      }
      object.addProperty(
          "os_glance_importing_to_stores",
          last.status() == ImportTask.Status.PROCESSING ? String.join(",", last.stores()) : "");
      object.addProperty("os_glance_failed_import", String.join(",", last.failed()));
    }
    object.addProperty("self", self);
    object.addProperty("file", self + "/file");
    object.addProperty("schema", "/v2/schemas/image");
    return object;
  }

  static JsonObject of(String image, ImageMember member) {
    JsonObject object = new JsonObject();
    object.addProperty("member_id", member.project());
    object.addProperty("image_id", image);
    object.addProperty("status", member.status().text());
    object.addProperty("created_at", time(member.createdAt()));
    object.addProperty("updated_at", time(member.updatedAt()));
    object.addProperty("schema", "/v2/schemas/member");
    return object;
  }

  /** Returns a task, with what it was asked for and what came of it. */
  static JsonObject details(ImageRecord image, ImportTask task) {
    JsonObject method = new JsonObject();
    method.addProperty("name", task.method());
    JsonObject request = new JsonObject();
    request.add("method", method);
    JsonObject input = new JsonObject();
    input.addProperty("image_id", image.id());
    input.add("import_req", request);
    JsonObject object = of(image, task);
    object.addProperty("message", task.message());
    object.addProperty("image_id", image.id());
    object.addProperty("user_id", task.user());
    object.addProperty("request_id", task.request());
    object.add("input", input);
    JsonObject result = new JsonObject();
    result.addProperty("image_id", image.id());
    object.add("result", task.status() == ImportTask.Status.SUCCESS ? result : JsonNull.INSTANCE);
    return object;
  }

  /** Returns a task as it is in the list of all. */
  static JsonObject of(ImageRecord image, ImportTask task) {
    JsonObject object = new JsonObject();
    object.addProperty("id", task.id());
    object.addProperty("type", "api_image_import");
    object.addProperty("status", task.status().text());
    object.addProperty("owner", image.attributes().owner());
    object.addProperty("created_at", time(task.createdAt()));
    object.addProperty("updated_at", time(task.updatedAt()));
    object.addProperty("expires_at", time(task.updatedAt().plus(2, ChronoUnit.DAYS)));
    object.addProperty("self", "/v2/tasks/" + task.id());
    object.addProperty("schema", "/v2/schemas/task");
    return object;
  }

  /** Returns a time in the seconds that clients know. */
  static String time(Instant instant) {
    return instant.truncatedTo(ChronoUnit.SECONDS).toString();
  }
}
