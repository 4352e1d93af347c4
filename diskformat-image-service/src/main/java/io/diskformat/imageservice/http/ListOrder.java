package io.diskformat.imageservice.http;

import io.diskformat.imageservice.ImageRecord;
import io.diskformat.imageservice.StoredData;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The order of a list. What an image lacks comes first. */
final class ListOrder {
  /** Twice as many as there are. */
  private static final int MOST_KEYS = 16;

  private ListOrder() {}

  static Comparator<ImageRecord> of(Parameters parameters) throws ApiException {
    List<String> keys = new ArrayList<>();
    List<String> directions = new ArrayList<>();
    String sort = parameters.last("sort");
    if (sort != null) {
      if (parameters.has("sort_key") || parameters.has("sort_dir")) {
        throw ApiException.invalid("Old and new sorting syntax cannot be combined: sort, sort_key");
      }
      for (String part : sort.split(",", -1)) {
        String[] pair = part.trim().split(":", -1);
        boolean _ = keys.add(pair[0]);
        boolean _ = directions.add(pair.length > 1 ? pair[1] : "desc");
      }
    } else {
      keys.addAll(parameters.of("sort_key", "created_at"));
      directions.addAll(parameters.of("sort_dir", "desc"));
      if (directions.size() > 1 && directions.size() != keys.size()) {
        throw ApiException.invalid("Number of sort dirs does not match the number of sort keys");
      }
    }
    if (keys.size() > MOST_KEYS) {
      throw ApiException.invalid("A list is sorted by at most " + MOST_KEYS + " keys");
    }
    Comparator<ImageRecord> order = null;
    for (int i = 0; i < keys.size(); i++) {
      String direction = directions.get(Math.min(i, directions.size() - 1));
      Comparator<ImageRecord> next = by(keys.get(i), direction);
      order = order == null ? next : order.thenComparing(next);
    }
    return order == null ? by("created_at", "desc") : order;
  }

  private static Comparator<ImageRecord> by(String key, String direction) throws ApiException {
    Comparator<ImageRecord> ascending = by(key);
    return switch (direction) {
      case "asc" -> ascending;
      case "desc" -> ascending.reversed();
      default -> throw ApiException.invalid("Invalid sort direction: " + direction);
    };
  }

  private static Comparator<ImageRecord> by(String key) throws ApiException {
    return switch (key) {
      case "name" -> text(image -> image.attributes().name());
      case "status" -> text(image -> image.status().text());
      case "container_format" -> text(image -> image.attributes().containerFormat());
      case "disk_format" -> text(image -> image.attributes().diskFormat());
      case "size" -> Comparator.comparingLong(ListOrder::size);
      case "id" -> Comparator.comparing(ImageRecord::id);
      case "created_at" -> Comparator.comparing(ImageRecord::createdAt);
      case "updated_at" -> Comparator.comparing(ImageRecord::updatedAt);
      default ->
          throw ApiException.invalid(
              "Invalid sort key: "
                  + key
                  + "; it may be name, status, container_format,"
                  + " disk_format, size, id, created_at or updated_at");
    };
  }

  private static long size(ImageRecord image) {
    StoredData data = image.data();
    return data == null ? -1 : data.size();
  }

  private static Comparator<ImageRecord> text(Function<ImageRecord, @Nullable String> key) {
    return Comparator.comparing(image -> {
      String value = key.apply(image);
      return value == null ? "" : value;
    });
  }
}
