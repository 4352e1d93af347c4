package io.diskformat.imageservice.http;

import com.google.gson.JsonElement;
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
import org.jspecify.annotations.Nullable;

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
    Function<ImageRecord, @Nullable String> shown = shown(name);
    if (WITH_ALTERNATIVES.contains(name)) {
      if (value.startsWith("in:")) {
        Set<String> any = alternatives(value.substring("in:".length()));
        return image -> {
          String its = shown.apply(image);
          return its != null && any.contains(its);
        };
      }
      int colon = value.indexOf(':');
      if (colon > 0 && Set.of("nin", "neq", "gt", "lt").contains(value.substring(0, colon))) {
        throw ApiException.invalid(
            "Unable to filter by unknown operator '" + value.substring(0, colon) + "'.");
      }
    }
    return image -> value.equals(shown.apply(image));
  }

  /** Returns what gives what a client sees of an attribute, as text; null if it is not there. */
  private static Function<ImageRecord, @Nullable String> shown(String name) {
    if (!AttributeFields.isOfEveryImage(name)) {
      return image -> image.attributes().properties().get(name);
    }
    return switch (name) {
      // What is asked for most, and of thousands of images.
      case "id" -> ImageRecord::id;
      case "name" -> image -> image.attributes().name();
      case "status" -> image -> image.status().text();
      case "container_format" -> image -> image.attributes().containerFormat();
      case "disk_format" -> image -> image.attributes().diskFormat();
      case "checksum" -> image -> data(image, StoredData::md5);
      case "os_hash_value" -> image -> data(image, StoredData::sha512);
      default ->
          image -> {
            JsonElement value = ImageJson.of(image).get(name);
            return value == null || !value.isJsonPrimitive() ? null : value.getAsString();
          };
    };
  }

  private static @Nullable String data(ImageRecord image, Function<StoredData, String> part) {
    StoredData data = image.data();
    return data == null ? null : part.apply(data);
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
        holds.test(property.apply(image).truncatedTo(ChronoUnit.SECONDS).compareTo(limit));
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
