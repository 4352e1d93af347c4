package io.diskformat.inside.content;

import java.util.List;
import java.util.OptionalLong;

/**
 * The content of a volume. Immutable.
 *
 * @param type as libblkid calls it: {@code ext4}, {@code xfs}, {@code LVM2_member}; {@link
 *     #UNKNOWN} if it bears no mark that is known, and {@link #AMBIGUOUS} if it bears those of
 *     several
 * @param label of the file system; empty if it has none
 * @param uuid as libblkid writes it; empty if it has none
 * @param size of the file system in bytes, or empty if it does not say
 * @param used by files and by the file system itself, in bytes, or empty if it does not say; as of
 *     when that was last written
 * @param candidates the types of all marks, if there are several
 */
public record Content(
    String type,
    String label,
    String uuid,
    OptionalLong size,
    OptionalLong used,
    List<String> candidates) {
  /** The type of content without a known mark. */
  public static final String UNKNOWN = "unknown";

  /** The type of content with the marks of several types, so that it is unclear which it is. */
  public static final String AMBIGUOUS = "ambiguous";

  /** Copies the list. */
  public Content {
    candidates = List.copyOf(candidates);
  }

  Content(String type, String label, String uuid, OptionalLong size, OptionalLong used) {
    this(type, label, uuid, size, used, List.of());
  }

  /** Returns unknown content. */
  public static Content unknown() {
    return new Content(UNKNOWN, "", "", OptionalLong.empty(), OptionalLong.empty());
  }

  /** Returns content that does not record its size. */
  static Content member(String type, String label, String uuid) {
    return new Content(type, label, uuid, OptionalLong.empty(), OptionalLong.empty());
  }

  /** Returns content with the marks of several types. */
  static Content ambiguous(List<String> types) {
    return new Content(
        AMBIGUOUS, "", "", OptionalLong.empty(), OptionalLong.empty(), List.copyOf(types));
  }
}
