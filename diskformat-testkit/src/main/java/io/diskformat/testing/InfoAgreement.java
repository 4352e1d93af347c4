package io.diskformat.testing;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import io.diskformat.ImageInfo;
import io.diskformat.Snapshot;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/** Compares what an image says of itself with what {@code qemu-img info --output=json} says. */
public final class InfoAgreement {
  private InfoAgreement() {}

  /** Returns the differences, one line each. */
  public static List<String> differences(String json, ImageInfo info) {
    JsonObject theirs = JsonParser.parseString(json).getAsJsonObject();
    Map<String, Object> ours = new LinkedHashMap<>();
    ours.put("filename", info.file());
    ours.put("format", info.format());
    ours.put("virtual-size", info.virtualSize());
    info.allocatedSize().ifPresent(size -> ours.put("actual-size", size));
    info.clusterSize().ifPresent(size -> ours.put("cluster-size", size));
    ours.put("dirty-flag", info.dirty());
    if (info.isEncrypted()) {
      ours.put("encrypted", true);
    }
    info.backing()
        .ifPresent(backing -> {
          ours.put("backing-filename", backing.name());
          ours.put("full-backing-filename", backing.resolvedName().orElse("(none)"));
          backing.format().ifPresent(f -> ours.put("backing-filename-format", f));
        });
    if (!info.snapshots().isEmpty()) {
      ours.put("snapshots", info.snapshots().stream().map(InfoAgreement::reported).toList());
    }
    if (theirs.has("format-specific")) {
      ours.put("format-specific", Map.of("type", info.format(), "data", info.details()));
    }
    // Describes not the image but the files below it; newer versions report it.
    theirs.remove("children");
    List<String> differences = new ArrayList<>();
    compare("", theirs, ours, differences);
    return differences;
  }

  @SuppressWarnings("JavaInstantGetSecondsGetNano") // told apart
  private static Map<String, Object> reported(Snapshot snapshot) {
    Map<String, Object> reported = new LinkedHashMap<>();
    reported.put("id", snapshot.id());
    reported.put("name", snapshot.name());
    reported.put("vm-state-size", snapshot.vmStateSize());
    reported.put("date-sec", snapshot.date().getEpochSecond());
    reported.put("date-nsec", (long) snapshot.date().getNano());
    reported.put("vm-clock-sec", snapshot.vmClock().toSeconds());
    reported.put("vm-clock-nsec", (long) snapshot.vmClock().toNanosPart());
    if (snapshot.instructionCount() >= 0) {
      reported.put("icount", snapshot.instructionCount());
    }
    return reported;
  }

  private static void compare(
      String at, JsonElement theirs, Object ours, List<String> differences) {
    if (theirs instanceof JsonObject object && ours instanceof Map<?, ?> map) {
      TreeSet<String> keys = new TreeSet<>(object.keySet());
      map.keySet().forEach(key -> keys.add((String) key));
      for (String key : keys) {
        if (!object.has(key)) {
          differences.add(at + "/" + key + ": only ours, " + map.get(key));
        } else if (!map.containsKey(key)) {
          differences.add(at + "/" + key + ": only theirs, " + object.get(key));
        } else {
          compare(at + "/" + key, object.get(key), map.get(key), differences);
        }
      }
    } else if (theirs instanceof JsonArray array
        && ours instanceof List<?> list
        && array.size() == list.size()) {
      for (int i = 0; i < list.size(); i++) {
        compare(at + "/" + i, array.get(i), list.get(i), differences);
      }
    } else if (!(theirs instanceof JsonPrimitive primitive)
        || !primitive.getAsString().equals(String.valueOf(ours))) {
      differences.add(at + ": theirs " + theirs + ", ours " + ours);
    }
  }
}
