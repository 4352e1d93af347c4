package io.diskformat.imageservice.http;

import io.diskformat.imageservice.ImageMember;
import io.diskformat.imageservice.ImageQuery;
import io.diskformat.imageservice.Visibility;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Which images a client asks for, by the parameters of its query. */
final class ListQuery {
  private static final int USUAL_LIMIT = 25;
  private static final int LARGEST_LIMIT = 1000;
  private static final Set<String> NO_FILTERS =
      Set.of("limit", "marker", "sort", "sort_key", "sort_dir", "visibility", "member_status");

  private ListQuery() {}

  static ImageQuery of(Parameters parameters) throws ApiException {
    ImageQuery query = ImageQuery.usual().limit(limit(parameters)).sortedBy(ListOrder.of(parameters));
    query = memberStatus(query, parameters);
    query = visibility(query, parameters);
    for (Map.Entry<String, List<String>> entry : parameters.all().entrySet()) {
      if (!NO_FILTERS.contains(entry.getKey())) {
        for (String value : entry.getValue()) {
          query = query.where(ListFilter.of(entry.getKey(), value));
        }
      }
    }
    if (!parameters.has("os_hidden")) {
      query = query.where(image -> !image.attributes().isHidden());
    }
    String marker = parameters.last("marker");
    return marker == null ? query : query.after(marker);
  }

  /** Returns how many images a page has. */
  static int limit(Parameters parameters) throws ApiException {
    String text = parameters.last("limit");
    if (text == null) {
      return USUAL_LIMIT;
    }
    try {
      int limit = Integer.parseInt(text);
      if (limit >= 0) {
        return Math.min(limit, LARGEST_LIMIT);
      }
    } catch (NumberFormatException e) {
      // It is refused below.
    }
    throw ApiException.invalid("limit param must be an integer, and not negative: " + text);
  }

  private static ImageQuery visibility(ImageQuery query, Parameters parameters)
      throws ApiException {
    String text = parameters.last("visibility");
    if (text == null) {
      return query;
    }
    if (text.equals("all")) {
      return query.everything();
    }
    try {
      return query.visibility(Visibility.of(text));
    } catch (IllegalArgumentException e) {
      throw ApiException.invalid("Invalid visibility value: " + text);
    }
  }

  private static ImageQuery memberStatus(ImageQuery query, Parameters parameters)
      throws ApiException {
    String text = parameters.last("member_status");
    if (text == null) {
      return query;
    }
    if (text.equals("all")) {
      return query.memberStatus(null);
    }
    try {
      return query.memberStatus(ImageMember.Status.of(text));
    } catch (IllegalArgumentException e) {
      throw ApiException.invalid("Invalid status: " + text);
    }
  }
}
