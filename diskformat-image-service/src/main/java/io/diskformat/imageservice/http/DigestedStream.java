package io.diskformat.imageservice.http;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A body whose digest the client has said before, by a header {@code Repr-Digest: sha-256=:BASE64:}
 * (RFC 9530): it fails at its end if it has another one.
 */
final class DigestedStream extends FilterInputStream {
  private static final Map<String, String> ALGORITHMS =
      Map.of("sha-512", "SHA-512", "sha-256", "SHA-256", "md5", "MD5");
  private static final Pattern ENTRY = Pattern.compile("\\s*([a-z0-9-]+)=:([A-Za-z0-9+/=]*):\\s*");

  private final MessageDigest digest;
  private final byte[] expected;
  private byte @Nullable [] found;

  private DigestedStream(InputStream in, MessageDigest digest, byte[] expected) {
    super(in);
    this.digest = digest;
    this.expected = expected.clone();
  }

  /** Returns the body of a request, which is only watched if its digest was said. */
  static InputStream of(Exchange exchange, InputStream body) throws ApiException {
    String header = exchange.header("Repr-Digest");
    if (header == null) {
      header = exchange.header("Content-Digest");
    }
    if (header == null) {
      return body;
    }
    for (String entry : header.split(",", -1)) {
      Matcher matcher = ENTRY.matcher(entry);
      String algorithm = matcher.matches() ? ALGORITHMS.get(matcher.group(1)) : null;
      if (algorithm != null) {
        return new DigestedStream(body, digest(algorithm), bytes(matcher.group(2)));
      }
    }
    throw ApiException.invalid("No digest sha-512, sha-256 or md5 in: " + header);
  }

  private static byte[] bytes(String base64) throws ApiException {
    try {
      return Base64.getDecoder().decode(base64);
    } catch (IllegalArgumentException e) {
      throw ApiException.invalid("Not a digest in Base64: " + base64);
    }
  }

  private static MessageDigest digest(String algorithm) {
    try {
      return MessageDigest.getInstance(algorithm);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has it: " + algorithm, e);
    }
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    int count = in.read(bytes, offset, length);
    if (count > 0) {
      digest.update(bytes, offset, count);
    } else if (count < 0) {
      checkDigest();
    }
    return count;
  }

  /** Whoever reads on at the end hears the same again. */
  private void checkDigest() throws ApiException {
    byte[] its = found;
    if (its == null) {
      its = digest.digest();
      found = its;
    }
    if (!MessageDigest.isEqual(its, expected)) {
      throw ApiException.invalid(
          "The %s of the data is %s, and not what was said"
              .formatted(digest.getAlgorithm(), HexFormat.of().formatHex(its)));
    }
  }
}
