package io.diskformat.imageservice.http;

import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A part of some bytes.
 *
 * @param start its first byte
 * @param length how many bytes it has
 */
record RangeHeader(long start, long length) {
  private static final Pattern RANGE = Pattern.compile("bytes=\\s*(\\d{0,18})-(\\d{0,18})\\s*");
  private static final Pattern OLD_RANGE =
      Pattern.compile("bytes\\s+(\\d{1,18})-(\\d{1,18})/(\\d{1,18}|\\*)");

  /**
   * Returns the part that a request asks for, or null for all.
   *
   * @param size how many bytes there are
   * @throws ApiException if there is no such part
   */
  static @Nullable RangeHeader of(Exchange exchange, long size) throws ApiException {
    String header = exchange.header("Range");
    if (header == null) {
      return old(exchange.header("Content-Range"), size);
    }
    if (header.contains(",")) {
      throw ApiException.invalid("Requests with multiple ranges are not supported");
    }
    Matcher matcher = RANGE.matcher(header);
    if (!matcher.matches() || (matcher.group(1).isEmpty() && matcher.group(2).isEmpty())) {
      throw none(header, size);
    }
    if (matcher.group(1).isEmpty()) {
      long last = Math.min(size, Long.parseLong(matcher.group(2)));
      return last == 0 ? fail(header, size) : new RangeHeader(size - last, last);
    }
    long start = Long.parseLong(matcher.group(1));
    long end =
        matcher.group(2).isEmpty()
            ? size - 1
            : Math.min(size - 1, Long.parseLong(matcher.group(2)));
    return start > end ? fail(header, size) : new RangeHeader(start, end - start + 1);
  }

  /** Some clients say in a request what belongs into an answer. */
  private static @Nullable RangeHeader old(@Nullable String header, long size) throws ApiException {
    if (header == null) {
      return null;
    }
    Matcher matcher = OLD_RANGE.matcher(header.trim());
    if (!matcher.matches()) {
      throw none(header, size);
    }
    long start = Long.parseLong(matcher.group(1));
    long end = Math.min(size - 1, Long.parseLong(matcher.group(2)));
    return start > end ? fail(header, size) : new RangeHeader(start, end - start + 1);
  }

  private static RangeHeader fail(String header, long size) throws ApiException {
    throw none(header, size);
  }

  private static ApiException none(String header, long size) {
    return new ApiException(
        416,
        "There is no range " + header + " of " + size + " bytes",
        Map.of("Content-Range", "bytes */" + size));
  }

  /** Returns what an answer says of the part. */
  String in(long size) {
    return "bytes %d-%d/%d".formatted(start, start + length - 1, size);
  }
}
