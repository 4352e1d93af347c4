package io.diskformat.imageservice.http;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Definitions of metadata: namespaces, each with objects, properties, tags and the types of
 * resources that it is for. They say to people and programs which properties of images have a
 * meaning. Thread-safe.
 */
public final class MetadataDefinitions {
  private static final int LARGEST = 8 << 20;

  private final Store store;
  private JsonObject all;

  /** What the store had when it was read last, or null if that was nothing. */
  private @Nullable String kept;

  /** Where they are kept, as one text. */
  public interface Store {
    /** Returns the text that was kept last, or null if there is none. */
    @Nullable String load() throws IOException;

    /** Keeps a text, durably. */
    void keep(String text) throws IOException;

    /**
     * Keeps a text, durably, if what was kept last is still what it was.
     *
     * @param before what {@link #load} returned
     * @return whether it is kept
     */
    default boolean replace(@Nullable String before, String text) throws IOException {
      keep(text);
      return true;
    }

    /** Returns whether other services may keep another text meanwhile. */
    default boolean isShared() {
      return false;
    }
  }

  /** What changes them. */
  @FunctionalInterface
  interface Change {
    /** Changes them all, which are a copy, and returns the answer. */
    Response of(JsonObject namespaces) throws IOException;
  }

  private MetadataDefinitions(Store store, JsonObject all) {
    this.store = store;
    this.all = all;
  }

  /**
   * Returns definitions that are forgotten with the process; the first ones are always the same.
   */
  public static MetadataDefinitions inMemory() {
    return new MetadataDefinitions(
        new Store() {
          @Override
          public @Nullable String load() {
            return null;
          }

          @Override
          public void keep(String text) {
            // They are in memory already.
          }
        },
        first());
  }

  /**
   * Opens definitions.
   *
   * @throws IOException if they cannot be loaded, or what is loaded is none
   */
  public static MetadataDefinitions open(Store store) throws IOException {
    MetadataDefinitions definitions = new MetadataDefinitions(store, first());
    definitions.read();
    return definitions;
  }

  private void read() throws IOException {
    String text = store.load();
    if (Objects.equals(text, kept)) {
      return;
    }
    try {
      all = text == null ? first() : JsonParser.parseString(text).getAsJsonObject();
      kept = text;
    } catch (JsonParseException | IllegalStateException e) {
      throw new IOException("not definitions of metadata: " + e.getMessage(), e);
    }
  }

  /** Returns all namespaces by their names; the caller must not change them. */
  synchronized JsonObject all() throws IOException {
    if (store.isShared()) {
      read();
    }
    return all;
  }

  /** Changes the definitions, or leaves them if that fails. */
  synchronized Response change(Change change) throws IOException {
    while (true) {
      JsonObject copy = all().deepCopy();
      Response response = change.of(copy);
      String text = copy.toString();
      if (text.length() > LARGEST) {
        throw new ApiException(413, "There are too many definitions of metadata");
      }
      if (store.replace(kept, text)) {
        kept = text;
        all = copy;
        return response;
      }
    }
  }

  /** What an image's properties mean to this service, and to those that boot images. */
  private static JsonObject first() {
    JsonObject system = namespace("OS::Software::System", "The operating system of an image");
    property(system, "os_distro", "Distribution", "Its name in small letters, such as centos");
    property(system, "os_version", "Version", "As the distribution calls it");
    property(system, "os_type", "Type", "linux or windows");
    JsonObject hardware = namespace("OS::Compute::Devices", "Devices that an image expects");
    property(hardware, "hw_disk_bus", "Disk bus", "virtio, scsi, sata, ide or usb");
    property(hardware, "hw_vif_model", "Network card", "virtio, e1000 or another model");
    property(hardware, "hw_firmware_type", "Firmware", "bios or uefi");
    JsonObject all = new JsonObject();
    for (JsonObject namespace : List.of(system, hardware)) {
      all.add(namespace.get("namespace").getAsString(), namespace);
    }
    return all;
  }

  private static JsonObject namespace(String name, String description) {
    JsonObject namespace = new JsonObject();
    String now = ImageJson.time(Instant.EPOCH);
    namespace.addProperty("namespace", name);
    namespace.addProperty("display_name", description);
    namespace.addProperty("description", description);
    namespace.addProperty("visibility", "public");
    namespace.addProperty("protected", true);
    namespace.addProperty("owner", "admin");
    namespace.addProperty("created_at", now);
    namespace.addProperty("updated_at", now);
    JsonObject type = new JsonObject();
    type.addProperty("name", "OS::Glance::Image");
    type.addProperty("created_at", now);
    type.addProperty("updated_at", now);
    JsonArray types = new JsonArray();
    types.add(type);
    namespace.add("resource_type_associations", types);
    for (String kind : List.of("objects", "properties", "tags")) {
      namespace.add(kind, new JsonObject());
    }
    return namespace;
  }

  private static void property(
      JsonObject namespace, String name, String title, String description) {
    JsonObject property = new JsonObject();
    property.addProperty("name", name);
    property.addProperty("title", title);
    property.addProperty("description", description);
    property.addProperty("type", "string");
    namespace.getAsJsonObject("properties").add(name, property);
  }
}
