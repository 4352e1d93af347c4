package io.diskformat.imageservice.record;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.diskformat.imageservice.BlobStores;
import io.diskformat.imageservice.PartialUpload;
import io.diskformat.imageservice.StoredData;
import io.diskformat.imageservice.UploadForm;
import io.diskformat.imageservice.UploadLease;
import io.diskformat.imageservice.WantedDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What a record says of an image's data: that it has, that comes, and who writes it. */
final class DataJson {
  private DataJson() {}

  static JsonObject write(StoredData data) {
    JsonObject blobs = new JsonObject();
    data.blobs().forEach(blobs::addProperty);
    JsonObject object = new JsonObject();
    object.add("blobs", blobs);
    object.addProperty("size", data.size());
    object.addProperty("virtual_size", data.virtualSize());
    object.addProperty("md5", data.md5());
    object.addProperty("sha512", data.sha512());
    object.addProperty("shared", data.isShared());
    return object;
  }

  static JsonObject write(UploadLease lease) {
    JsonObject object = new JsonObject();
    object.addProperty("upload", lease.upload());
    object.addProperty("until", lease.until().toString());
    object.add("claims", array(lease.claims()));
    object.addProperty("reserved", lease.reserved());
    return object;
  }

  static JsonObject write(PartialUpload partial) {
    JsonArray pieces = new JsonArray();
    for (PartialUpload.Piece piece : partial.pieces()) {
      JsonObject object = new JsonObject();
      object.addProperty("blob", piece.blob());
      object.addProperty("size", piece.size());
      pieces.add(object);
    }
    JsonObject object = new JsonObject();
    object.addProperty("store", partial.store());
    object.addProperty("length", partial.length());
    object.addProperty("until", partial.until().toString());
    object.add("pieces", pieces);
    UploadForm form = partial.form();
    object.addProperty("gzip", form.isCompressed());
    object.addProperty("from", form.format());
    WantedDigest digest = form.digest();
    if (digest != null) {
      JsonObject its = new JsonObject();
      its.addProperty("algorithm", digest.algorithm());
      its.addProperty("hex", digest.hex());
      object.add("digest", its);
    }
    return object;
  }

  static JsonArray array(Collection<String> strings) {
    JsonArray array = new JsonArray();
    strings.forEach(array::add);
    return array;
  }

  /** Returns the strings of an array; those of before had none. */
  static List<String> strings(@Nullable JsonArray array) {
    List<String> strings = new ArrayList<>();
    if (array != null) {
      array.forEach(element -> strings.add(element.getAsString()));
    }
    return strings;
  }

  static @Nullable StoredData data(@Nullable JsonObject object) {
    if (object == null) {
      return null;
    }
    SortedMap<String, String> blobs = new TreeMap<>();
    JsonElement one = object.get("blob");
    if (one != null) {
      // As it was written when there was one store.
      String _ = blobs.put(BlobStores.DEFAULT, one.getAsString());
    } else {
      object
          .getAsJsonObject("blobs")
          .entrySet()
          .forEach(entry -> blobs.put(entry.getKey(), entry.getValue().getAsString()));
    }
    JsonElement shared = object.get("shared");
    return new StoredData(
        blobs,
        object.get("size").getAsLong(),
        object.get("virtual_size").getAsLong(),
        object.get("md5").getAsString(),
        object.get("sha512").getAsString(),
        shared != null && shared.getAsBoolean());
  }

  static @Nullable UploadLease lease(@Nullable JsonObject object) {
    if (object == null) {
      return null;
    }
    JsonElement reserved = object.get("reserved");
    return new UploadLease(
        object.get("upload").getAsString(),
        Instant.parse(object.get("until").getAsString()),
        new TreeSet<>(strings(object.getAsJsonArray("claims"))),
        reserved == null ? 0 : reserved.getAsLong());
  }

  static @Nullable PartialUpload partial(@Nullable JsonObject object) {
    if (object == null) {
      return null;
    }
    List<PartialUpload.Piece> pieces = new ArrayList<>();
    for (JsonElement element : object.getAsJsonArray("pieces")) {
      JsonObject piece = element.getAsJsonObject();
      pieces.add(
          new PartialUpload.Piece(piece.get("blob").getAsString(), piece.get("size").getAsLong()));
    }
    return new PartialUpload(
        object.get("store").getAsString(),
        pieces,
        object.get("length").getAsLong(),
        Instant.parse(object.get("until").getAsString()),
        form(object));
  }

  /** Uploads of before have none. */
  private static UploadForm form(JsonObject partial) {
    JsonElement gzip = partial.get("gzip");
    JsonObject digest = partial.getAsJsonObject("digest");
    return new UploadForm(
        gzip != null && gzip.getAsBoolean(),
        string(partial, "from"),
        digest == null
            ? null
            : new WantedDigest(
                digest.get("algorithm").getAsString(), digest.get("hex").getAsString()));
  }

  /** Returns a string, or null if it is not there. */
  static @Nullable String string(JsonObject object, String name) {
    JsonElement element = object.get(name);
    return element == null || element.isJsonNull() ? null : element.getAsString();
  }
}
