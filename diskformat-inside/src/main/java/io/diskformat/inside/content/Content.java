package io.diskformat.inside.content;

import java.util.OptionalLong;

/**
 * What a volume holds. Immutable.
 *
 * @param type as libblkid calls it: {@code ext4}, {@code xfs}, {@code LVM2_member}; {@code unknown}
 *     if it bears no mark that is known
 * @param label of the file system; empty if it has none
 * @param uuid as libblkid writes it; empty if it has none
 * @param size of the file system in bytes, or empty if it does not say
 * @param used by files and by the file system itself, in bytes, or empty if it does not say; as of
 *     when that was last written
 */
public record Content(
    String type, String label, String uuid, OptionalLong size, OptionalLong used) {
  /** The type of what bears no mark that is known. */
  public static final String UNKNOWN = "unknown";

  /** Returns what is known of nothing known. */
  public static Content unknown() {
    return new Content(UNKNOWN, "", "", OptionalLong.empty(), OptionalLong.empty());
  }

  /** Returns whether the content bears a mark that is known. */
  public boolean isKnown() {
    return !type.equals(UNKNOWN);
  }
}
