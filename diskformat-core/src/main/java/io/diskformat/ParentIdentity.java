package io.diskformat;

import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * Which image another one is a difference to, where that records no file name: VDI.
 *
 * @param format of the parent, for example {@code vdi}
 * @param uuid of the parent
 * @param modification what the parent's modification UUID was when the image was made, if that is
 *     recorded; a parent with another one was changed since, and the image can no longer be read
 */
public record ParentIdentity(String format, UUID uuid, Optional<UUID> modification) {
  /** The name of the detail of an {@link ImageInfo} that is the image's own UUID, as text. */
  public static final String UUID_DETAIL = "uuid";

  /**
   * The name of the detail of an {@link ImageInfo} that changes with each first write to the image
   * after it was opened: a UUID, as text.
   */
  public static final String MODIFICATION_DETAIL = "modification-uuid";

  /** The name of the detail that is the {@link #uuid()} of the image's parent, as text. */
  public static final String PARENT_UUID_DETAIL = "parent-uuid";

  /** The name of the detail that is the {@link #modification()} of the parent, as text. */
  public static final String PARENT_MODIFICATION_DETAIL = "parent-modification-uuid";

  /** Returns who an image's parent is, where it records that and no name. */
  public static Optional<ParentIdentity> recordedIn(ImageInfo info) {
    Optional<UUID> modification = uuid(info, PARENT_MODIFICATION_DETAIL);
    return uuid(info, PARENT_UUID_DETAIL)
        .map(uuid -> new ParentIdentity(info.format(), uuid, modification));
  }

  private static Optional<UUID> uuid(ImageInfo info, String detail) {
    return info.details().get(detail) instanceof String text
        ? Optional.of(UUID.fromString(text))
        : Optional.empty();
  }

  /** Returns whether an image of the parent's format has the parent's UUID. */
  boolean isNamedBy(ImageInfo info) {
    return uuid.toString().equals(info.details().get(UUID_DETAIL));
  }

  /** Returns whether an image is the parent, and was not changed since. */
  boolean isMetBy(ImageInfo info) {
    Map<String, Object> details = info.details();
    return isNamedBy(info)
        && modification
            .map(expected -> expected.toString().equals(details.get(MODIFICATION_DETAIL)))
            .orElse(true);
  }
}
