package io.diskformat.imageservice;

import java.io.InputStream;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;

/**
 * The digest that data must have, which its owner knows before it comes. Immutable.
 *
 * @param algorithm {@code sha512}, {@code sha256} or {@code md5}
 * @param hex in lower-case hexadecimal digits
 */
public record WantedDigest(String algorithm, String hex) {
  /** As the JDK has them, with how many digits they have. */
  private static final Map<String, Algorithm> ALGORITHMS =
      Map.of(
          "sha512", new Algorithm("SHA-512", 128),
          "sha256", new Algorithm("SHA-256", 64),
          "md5", new Algorithm("MD5", 32));

  private record Algorithm(String name, int digits) {}

  /**
   * Checks them.
   *
   * @throws IllegalArgumentException if the algorithm is none of these, or the digest none of it
   */
  public WantedDigest {
    Algorithm known = ALGORITHMS.get(algorithm);
    if (known == null || hex.length() != known.digits || !hex.matches("[0-9a-f]*")) {
      throw new IllegalArgumentException("no digest: " + algorithm + ":" + hex);
    }
  }

  /**
   * Returns the digest of a text: {@code sha256:HEX}, with an algorithm of those above, in which
   * hyphens and capitals do not matter.
   *
   * @throws ImageServiceException if it is none
   */
  public static WantedDigest of(String text) throws ImageServiceException {
    int colon = text.indexOf(':');
    String before = text.substring(0, Math.max(0, colon));
    return of(before, text.substring(colon + 1).trim());
  }

  /**
   * Returns the digest of bytes in hexadecimal digits.
   *
   * @param algorithm one of those above, in which hyphens and capitals do not matter
   * @throws ImageServiceException if it is none
   */
  public static WantedDigest of(String algorithm, String hex) throws ImageServiceException {
    try {
      return new WantedDigest(
          algorithm.trim().toLowerCase(Locale.ROOT).replace("-", ""), hex.toLowerCase(Locale.ROOT));
    } catch (IllegalArgumentException e) {
      throw ImageServiceException.invalid(
          "A digest is sha512:, sha256: or md5: and its hexadecimal digits, and not: "
              + algorithm
              + ":"
              + hex);
    }
  }

  /** Returns the digest of bytes. */
  public static WantedDigest of(String algorithm, byte[] digest) throws ImageServiceException {
    return of(algorithm, HexFormat.of().formatHex(digest));
  }

  /**
   * Returns the same data, which at its end fails with an {@link ImageServiceException} if it has
   * another digest.
   *
   * @param data is not closed with what is returned
   */
  public InputStream watch(InputStream data) {
    Algorithm known = ALGORITHMS.get(algorithm);
    if (known == null) {
      throw new IllegalStateException("checked before");
    }
    return new DigestedStream(data, known.name, hex);
  }

  /** Returns the text that {@link #of(String)} takes. */
  @Override
  public String toString() {
    return algorithm + ":" + hex;
  }
}
