package io.diskformat.imageservice.http;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.diskformat.imageservice.ImageRecord;
import io.diskformat.imageservice.StoredData;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** One condition on the images of a list. */
final class ListFilter {
  private static final Set<String> WITH_ALTERNATIVES =
      Set.of("id", "name", "status", "container_format", "disk_format");
  private static final Pattern ALTERNATIVE = Pattern.compile("\"([^\"]*)\"|([^,\"]+)");
  private static final List<String> COMPARISONS =
      List.of("gt:", "gte:", "lt:", "lte:", "eq:", "neq:");

  private ListFilter() {}

  static Predicate<ImageRecord> of(String name, String value) throws ApiException {
    return switch (name) {
      case "tag" -> image -> image.attributes().tags().contains(value);
      case "owner" -> image -> image.attributes().owner().equals(value);
      case "protected" -> is(name, value, image -> image.attributes().isProtected());
      case "os_hidden" -> is(name, value, image -> image.attributes().isHidden());
      case "size_min" -> size(name, value, 1);
      case "size_max" -> size(name, value, -1);
      case "created_at" -> time(value, ImageRecord::createdAt);
      case "updated_at" -> time(value, ImageRecord::updatedAt);
      default -> text(name, value);
    };
  }

  private static Predicate<ImageRecord> text(String name, String value) throws ApiException {
    if (WITH_ALTERNATIVES.contains(name)) {
      if (value.startsWith("in:")) {
        Set<String> any = alternatives(value.substring("in:".length()));
        return image -> any.contains(shown(image, name));
      }
      int colon = value.indexOf(':');
      if (colon > 0 && Set.of("nin", "neq", "gt", "lt").contains(value.substring(0, colon))) {
        throw ApiException.invalid(
            "Unable to filter by unknown operator '" + value.substring(0, colon) + "'.");
      }
    }
    return image -> value.equals(shown(image, name));
  }

  /** Returns what a client sees of a property, as text; an empty string if it is not there. */
  private static String shown(ImageRecord image, String name) {
    if (!AttributeFields.isOfEveryImage(name)) {
      String property = image.attributes().properties().get(name);
      return property == null ? "\0" : property;
    }
    JsonObject object = ImageJson.of(image);
    JsonElement value = object.get(name);
    return value == null || !value.isJsonPrimitive() ? "\0" : value.getAsString();
  }

  private static Set<String> alternatives(String text) throws ApiException {
    Set<String> found = new HashSet<>();
    Matcher matcher = ALTERNATIVE.matcher(text);
    int at = 0;
    while (matcher.find(at)) {
      if (matcher.start() != at) {
        break;
      }
      String quoted = matcher.group(1);
      boolean _ = found.add(quoted == null ? matcher.group(2) : quoted);
      at = matcher.end();
      if (at == text.length()) {
        return found;
      }
      if (text.charAt(at++) != ',') {
        break;
      }
    }
    throw ApiException.invalid("Invalid filter value " + text + ".");
  }

  private static Predicate<ImageRecord> is(
      String name, String value, Predicate<ImageRecord> property) throws ApiException {
    return switch (value) {
      case "true", "True", "1" -> property;
      case "false", "False", "0" -> property.negate();
      default -> throw ApiException.invalid("Invalid value '" + value + "' for '" + name + "'");
    };
  }

  private static Predicate<ImageRecord> size(String name, String value, int sign)
      throws ApiException {
    try {
      long limit = Long.parseLong(value);
      if (limit >= 0) {
        return image -> {
          StoredData data = image.data();
          return data != null && Long.signum(Long.compare(data.size(), limit)) * sign >= 0;
        };
      }
    } catch (NumberFormatException e) {
      // It is refused below.
    }
    throw ApiException.invalid("'" + name + "' value out of range: " + value);
  }

  private static Predicate<ImageRecord> time(String value, Function<ImageRecord, Instant> property)
      throws ApiException {
    String operator = "eq:";
    String text = value;
    for (String comparison : COMPARISONS) {
      if (value.startsWith(comparison)) {
        operator = comparison;
        text = value.substring(comparison.length());
      }
    }
    Instant limit = instant(text);
    Predicate<Integer> holds =
        switch (operator) {
          case "gt:" -> order -> order > 0;
          case "gte:" -> order -> order >= 0;
          case "lt:" -> order -> order < 0;
          case "lte:" -> order -> order <= 0;
          case "neq:" -> order -> order != 0;
          default -> order -> order == 0;
        };
    // Clients know whole seconds.
    return image ->
        holds.test(
            property.apply(image).truncatedTo(ChronoUnit.SECONDS).compareTo(limit));
  }

  private static Instant instant(String text) throws ApiException {
    try {
      return OffsetDateTime.parse(text).toInstant();
    } catch (DateTimeException e) {
      try {
        return LocalDateTime.parse(text).toInstant(ZoneOffset.UTC);
      } catch (DateTimeException f) {
        throw ApiException.invalid("Invalid time: " + text);
      }
    }
  }
}
