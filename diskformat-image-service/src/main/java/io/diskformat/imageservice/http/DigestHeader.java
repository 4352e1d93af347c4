package io.diskformat.imageservice.http;

import io.diskformat.imageservice.WantedDigest;
import java.io.IOException;
import java.util.Base64;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The digest that a client says before it sends data, by a header such as {@code Repr-Digest:
 * sha-256=:BASE64:} (RFC 9530).
 */
final class DigestHeader {
  /** Of all data, in as many requests as it comes. */
  static final String WHOLE = "Repr-Digest";

  /** Of what comes with one request. */
  static final String CONTENT = "Content-Digest";

  private static final Set<String> ALGORITHMS = Set.of("sha-512", "sha-256", "md5");
  private static final Pattern ENTRY = Pattern.compile("\\s*([a-z0-9-]+)=:([A-Za-z0-9+/=]*):\\s*");

  private DigestHeader() {}

  /** Returns the digest that a header says, or null if it is not there. */
  static @Nullable WantedDigest of(Exchange exchange, String name) throws IOException {
    String header = exchange.header(name);
    return header == null ? null : of(header);
  }

  /** Returns the first digest of a list whose algorithm is known. */
  static WantedDigest of(String list) throws IOException {
    for (String entry : list.split(",", -1)) {
      Matcher matcher = ENTRY.matcher(entry);
      if (matcher.matches() && ALGORITHMS.contains(matcher.group(1))) {
        return WantedDigest.of(matcher.group(1), bytes(matcher.group(2)));
      }
    }
    throw ApiException.invalid("No digest sha-512, sha-256 or md5 in: " + list);
  }

  private static byte[] bytes(String base64) throws ApiException {
    try {
      return Base64.getDecoder().decode(base64);
    } catch (IllegalArgumentException e) {
      throw ApiException.invalid("Not a digest in Base64: " + base64);
    }
  }
}
