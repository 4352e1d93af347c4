package io.diskformat.imageservice.record;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import io.diskformat.imageservice.ImageAttributes;
import io.diskformat.imageservice.ImageMember;
import io.diskformat.imageservice.ImageRecord;
import io.diskformat.imageservice.ImageStatus;
import io.diskformat.imageservice.ImportTask;
import io.diskformat.imageservice.PartialUpload;
import io.diskformat.imageservice.StoredData;
import io.diskformat.imageservice.UploadLease;
import io.diskformat.imageservice.Visibility;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A record as text, in JSON:
 *
 * <pre>
 * { "version": 1, "id": ..., "revision": 3, "status": "active", "created_at": ..., "updated_at": ...,
 *   "attributes": { "name": ..., "owner": ..., "visibility": ..., "tags": [...], "properties": {...}, ... },
 *   "data": { "blobs": { STORE: ... }, "size": ..., "virtual_size": ..., "md5": ..., "sha512": ... },
 *   "lease": { "upload": ..., "until": ..., "claims": [...], "reserved": ... },
 *   "partial": { "store": ..., "length": ..., "until": ..., "pieces": [ { "blob": ..., "size": ... } ],
 *                "gzip": false, "from": ..., "digest": { "algorithm": ..., "hex": ... } },
 *   "members": [ { "project": ..., "status": ..., "created_at": ..., "updated_at": ... } ],
 *   "tasks": [ ... ] }
 * </pre>
 *
 * <p>Members that are not known are ignored; a version that is not known is an error.
 */
public final class RecordJson {
  private static final int VERSION = 1;

  private RecordJson() {}

  /** Returns the text of a record. */
  public static String write(ImageRecord image) {
    JsonObject object = new JsonObject();
    object.addProperty("version", VERSION);
    object.addProperty("id", image.id());
    object.addProperty("revision", image.revision());
    object.addProperty("status", image.status().text());
    object.addProperty("created_at", image.createdAt().toString());
    object.addProperty("updated_at", image.updatedAt().toString());
    object.add("attributes", write(image.attributes()));
    StoredData data = image.data();
    if (data != null) {
      object.add("data", DataJson.write(data));
    }
    UploadLease lease = image.lease();
    if (lease != null) {
      object.add("lease", DataJson.write(lease));
    }
    PartialUpload partial = image.partial();
    if (partial != null) {
      object.add("partial", DataJson.write(partial));
    }
    JsonArray members = new JsonArray();
    image.members().values().forEach(member -> members.add(write(member)));
    object.add("members", members);
    JsonArray tasks = new JsonArray();
    image.tasks().forEach(task -> tasks.add(write(task)));
    object.add("tasks", tasks);
    return object.toString();
  }

  private static JsonObject write(ImageAttributes attributes) {
    JsonObject object = new JsonObject();
    object.addProperty("name", attributes.name());
    object.addProperty("owner", attributes.owner());
    object.addProperty("visibility", attributes.visibility().text());
    object.addProperty("protected", attributes.isProtected());
    object.addProperty("hidden", attributes.isHidden());
    object.addProperty("container_format", attributes.containerFormat());
    object.addProperty("disk_format", attributes.diskFormat());
    object.addProperty("min_disk", attributes.minDisk());
    object.addProperty("min_ram", attributes.minRam());
    JsonArray tags = new JsonArray();
    attributes.tags().forEach(tags::add);
    object.add("tags", tags);
    JsonObject properties = new JsonObject();
    attributes.properties().forEach(properties::addProperty);
    object.add("properties", properties);
    return object;
  }

  private static JsonObject write(ImageMember member) {
    JsonObject object = new JsonObject();
    object.addProperty("project", member.project());
    object.addProperty("status", member.status().text());
    object.addProperty("created_at", member.createdAt().toString());
    object.addProperty("updated_at", member.updatedAt().toString());
    return object;
  }

  private static JsonObject write(ImportTask task) {
    JsonObject object = new JsonObject();
    object.addProperty("id", task.id());
    object.addProperty("user", task.user());
    object.addProperty("request", task.request());
    object.addProperty("method", task.method());
    object.addProperty("status", task.status().text());
    object.addProperty("message", task.message());
    object.addProperty("created_at", task.createdAt().toString());
    object.addProperty("updated_at", task.updatedAt().toString());
    object.add("stores", DataJson.array(task.stores()));
    object.add("failed", DataJson.array(task.failed()));
    return object;
  }

  /**
   * Reads a record.
   *
   * @param name of the file, for errors
   * @throws IOException if it is not one
   */
  public static ImageRecord read(String text, String name) throws IOException {
    try {
      JsonObject object = JsonParser.parseString(text).getAsJsonObject();
      int version = object.get("version").getAsInt();
      if (version != VERSION) {
        throw new IOException(name + ": a record of version " + version + ", expected " + VERSION);
      }
      return new ImageRecord(
          object.get("id").getAsString(),
          object.get("revision").getAsLong(),
          ImageStatus.of(object.get("status").getAsString()),
          attributes(object.getAsJsonObject("attributes")),
          DataJson.data(object.getAsJsonObject("data")),
          DataJson.lease(object.getAsJsonObject("lease")),
          DataJson.partial(object.getAsJsonObject("partial")),
          members(object.getAsJsonArray("members")),
          tasks(object.getAsJsonArray("tasks")),
          instant(object, "created_at"),
          instant(object, "updated_at"));
    } catch (JsonParseException
        | IllegalStateException
        | IllegalArgumentException
        | ClassCastException
        | UnsupportedOperationException
        | DateTimeException
        | NullPointerException e) {
      throw new IOException(name + ": not a record of an image: " + e.getMessage(), e);
    }
  }

  private static ImageAttributes attributes(JsonObject object) {
    ImageAttributes.Builder builder =
        ImageAttributes.of(object.get("owner").getAsString())
            .name(DataJson.string(object, "name"))
            .visibility(Visibility.of(object.get("visibility").getAsString()))
            .isProtected(object.get("protected").getAsBoolean())
            .isHidden(object.get("hidden").getAsBoolean())
            .containerFormat(DataJson.string(object, "container_format"))
            .diskFormat(DataJson.string(object, "disk_format"))
            .minDisk(object.get("min_disk").getAsInt())
            .minRam(object.get("min_ram").getAsInt());
    for (JsonElement tag : object.getAsJsonArray("tags")) {
      boolean _ = builder.tags().add(tag.getAsString());
    }
    for (var property : object.getAsJsonObject("properties").entrySet()) {
      String _ = builder.properties().put(property.getKey(), property.getValue().getAsString());
    }
    return builder.build();
  }

  private static Instant instant(JsonObject object, String name) {
    return Instant.parse(object.get(name).getAsString());
  }

  private static SortedMap<String, ImageMember> members(JsonArray array) {
    SortedMap<String, ImageMember> members = new TreeMap<>();
    for (JsonElement element : array) {
      JsonObject object = element.getAsJsonObject();
      String project = object.get("project").getAsString();
      ImageMember member =
          new ImageMember(
              project,
              ImageMember.Status.of(object.get("status").getAsString()),
              instant(object, "created_at"),
              instant(object, "updated_at"));
      members.put(project, member);
    }
    return members;
  }

  private static List<ImportTask> tasks(JsonArray array) {
    List<ImportTask> tasks = new ArrayList<>();
    for (JsonElement element : array) {
      JsonObject object = element.getAsJsonObject();
      tasks.add(
          new ImportTask(
              object.get("id").getAsString(),
              object.get("user").getAsString(),
              object.get("request").getAsString(),
              object.get("method").getAsString(),
              ImportTask.Status.of(object.get("status").getAsString()),
              object.get("message").getAsString(),
              instant(object, "created_at"),
              instant(object, "updated_at"),
              DataJson.strings(object.getAsJsonArray("stores")),
              DataJson.strings(object.getAsJsonArray("failed"))));
    }
    return tasks;
  }
}
