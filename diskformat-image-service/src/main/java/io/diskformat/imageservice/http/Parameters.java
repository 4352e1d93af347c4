package io.diskformat.imageservice.http;

import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The parameters of a query, each with its values, in their order. */
final class Parameters {
  /** Each may be a condition that every image is asked for. */
  private static final int MOST = 100;

  private final Map<String, List<String>> values = new LinkedHashMap<>();

  private Parameters() {}

  static Parameters of(@Nullable String query) throws ApiException {
    Parameters parameters = new Parameters();
    if (query == null || query.isEmpty()) {
      return parameters;
    }
    String[] pairs = query.split("&", -1);
    if (pairs.length > MOST) {
      throw ApiException.invalid("A query has at most " + MOST + " parameters");
    }
    for (String pair : pairs) {
      int equals = pair.indexOf('=');
      String name = decode(equals < 0 ? pair : pair.substring(0, equals));
      String value = equals < 0 ? "" : decode(pair.substring(equals + 1));
      boolean _ = parameters.values.computeIfAbsent(name, n -> new ArrayList<>()).add(value);
    }
    return parameters;
  }

  private static String decode(String text) throws ApiException {
    try {
      return URLDecoder.decode(text, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw ApiException.invalid("The query is not well encoded");
    }
  }

  Map<String, List<String>> all() {
    return values;
  }

  List<String> of(String name, String otherwise) {
    return values.getOrDefault(name, List.of(otherwise));
  }

  @Nullable String last(String name) {
    List<String> all = values.get(name);
    return all == null ? null : all.getLast();
  }

  boolean has(String name) {
    return values.containsKey(name);
  }

  /** Returns the query without a parameter. */
  String without(String name) {
    StringBuilder query = new StringBuilder();
    for (Map.Entry<String, List<String>> entry : values.entrySet()) {
      if (!entry.getKey().equals(name)) {
        for (String value : entry.getValue()) {
          var _ =
              query
                  .append(query.isEmpty() ? "" : "&")
                  .append(encode(entry.getKey()))
                  .append('=')
                  .append(encode(value));
        }
      }
    }
    return query.toString();
  }

  /** Returns the query with another value of a parameter. */
  String with(String name, String value) {
    String query = without(name);
    return (query.isEmpty() ? "" : query + "&") + encode(name) + "=" + encode(value);
  }

  private static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }
}
