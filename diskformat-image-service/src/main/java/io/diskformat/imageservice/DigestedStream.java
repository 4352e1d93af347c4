package io.diskformat.imageservice;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/** Data whose digest was said before: it fails at its end if it has another one. */
final class DigestedStream extends FilterInputStream {
  private final MessageDigest digest;
  private final String expected;
  private @Nullable String found;

  /**
   * Begins.
   *
   * @param in is not closed with this
   * @param algorithm as the JDK calls it
   * @param expected in lower-case hexadecimal digits
   */
  DigestedStream(InputStream in, String algorithm, String expected) {
    super(in);
    this.digest = digest(algorithm);
    this.expected = expected;
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
  private void checkDigest() throws ImageServiceException {
    String its = found;
    if (its == null) {
      its = HexFormat.of().formatHex(digest.digest());
      found = its;
    }
    if (!its.equals(expected)) {
      throw ImageServiceException.invalid(
          "The %s of the data is %s, and not what was said".formatted(digest.getAlgorithm(), its));
    }
  }

  /** The data is its owner's. */
  @Override
  public void close() {}
}
