package io.diskformat.imageservice;

import java.util.Set;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * In which form data comes, if it is not to be stored as it comes, and what it must be.
 *
 * <p>An image may also have this as properties, for clients that can say it in no other way: {@code
 * os_diskformat_from}, {@code os_diskformat_gzip} and {@code os_diskformat_digest}. What an upload
 * or an import says itself counts before them. They go when the image has its data: clients give
 * what they make of an image, as a snapshot of a server, its properties, and that comes in a form
 * of its own.
 *
 * @param isCompressed whether it is compressed with gzip
 * @param format of the image that comes, from which it is converted to the image's own format; null
 *     if it is not converted
 * @param digest of all that comes, before it is decompressed or converted; null if any will do
 */
public record UploadForm(
    boolean isCompressed, @Nullable String format, @Nullable WantedDigest digest) {
  private static final String GZIP = "os_diskformat_gzip";
  private static final String FROM = "os_diskformat_from";
  private static final String DIGEST = "os_diskformat_digest";

  private static final UploadForm PLAIN = new UploadForm(false, null, null);

  /** Creates a form of data of any digest. */
  public UploadForm(boolean isCompressed, @Nullable String format) {
    this(isCompressed, format, null);
  }

  /** Returns the form of data that is stored as it comes, whatever it is. */
  public static UploadForm plain() {
    return PLAIN;
  }

  /** Returns whether data is stored as it comes. */
  public boolean isPlain() {
    return !isCompressed && format == null;
  }

  /** Returns a copy for data that must have a digest. */
  public UploadForm with(WantedDigest its) {
    return new UploadForm(isCompressed, format, its);
  }

  /**
   * Returns this form, in which properties of an image say what this does not.
   *
   * @throws ImageServiceException if one of them makes no sense
   */
  UploadForm or(ImageAttributes attributes) throws ImageServiceException {
    SortedMap<String, String> properties = attributes.properties();
    boolean isGzip = isPlain() ? isGzip(properties.get(GZIP)) : isCompressed;
    String from = isPlain() ? properties.get(FROM) : format;
    String text = properties.get(DIGEST);
    return new UploadForm(
        isGzip, from, digest != null || text == null ? digest : WantedDigest.of(text));
  }

  /** Returns attributes without what was said of the form of data, which has come. */
  static ImageAttributes without(ImageAttributes attributes) {
    ImageAttributes.Builder builder = attributes.toBuilder();
    boolean _ = builder.properties().keySet().removeAll(Set.of(GZIP, FROM, DIGEST));
    return builder.build();
  }

  private static boolean isGzip(@Nullable String text) throws ImageServiceException {
    return switch (text == null ? "" : text) {
      case "", "false" -> false;
      case "true" -> true;
      default -> throw ImageServiceException.invalid(GZIP + " is true or false, and not: " + text);
    };
  }
}
