package io.diskformat;

import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.UUID;

/**
 * The identity of the image that another one is a difference to, recorded by UUIDs and not by a
 * file name: VDI.
 *
 * <p>A change gives the parent another modification UUID, so that its children no longer match it;
 * but a child that is committed to it must match at every instant. So a commit computes the
 * parent's new modification UUID from the child's UUID and the parent's current modification UUID
 * ({@link #modificationAfterCommit}). The child records the new one first, and until the parent has
 * it, the parent with the current one matches as well.
 *
 * @param format the format of the parent, for example {@code vdi}
 * @param uuid the UUID of the parent
 * @param modification the parent's modification UUID when the child was made, if that is recorded;
 *     a parent with another one was changed since, and the child can no longer be read
 * @param child the UUID of the child, the image that is a difference to the parent
 */
public record ParentIdentity(String format, UUID uuid, Optional<UUID> modification, UUID child) {
  /**
   * Returns the parent's UUID in braces, which takes the place of a name in messages and in a
   * {@link Reference}.
   */
  public String label() {
    return "{" + uuid + "}";
  }

  /**
   * Returns the modification UUID that a commit gives to the parent.
   *
   * @param child the UUID of the image that is committed
   * @param before the parent's modification UUID before the commit
   */
  public static UUID modificationAfterCommit(UUID child, UUID before) {
    ByteBuffer name = ByteBuffer.allocate(4 * Long.BYTES);
    name.putLong(child.getMostSignificantBits()).putLong(child.getLeastSignificantBits());
    name.putLong(before.getMostSignificantBits()).putLong(before.getLeastSignificantBits());
    return UUID.nameUUIDFromBytes(name.array());
  }

  /** Returns whether an image, which must be of the parent's format, has the parent's UUID. */
  public boolean isNamedBy(ImageIdentity image) {
    return image.uuid().equals(uuid);
  }

  /**
   * Returns whether the parent is unchanged since the child was made, or was changed only by a
   * commit of the child.
   *
   * @param now the parent's current modification UUID
   */
  public boolean isUnchanged(UUID now) {
    return modification.isEmpty() || modification.get().equals(now) || isAboutToChange(now);
  }

  private boolean isAboutToChange(UUID now) {
    return modification.equals(Optional.of(modificationAfterCommit(child, now)));
  }

  /**
   * Returns how well an image matches: 3 if it is the parent as the child records it; 2 if it is
   * the parent before a commit that was about to change it, so that a file with that change is
   * preferred to a copy without it; 1 if it was changed since; and 0 if it is another image.
   */
  public int fit(ImageIdentity image) {
    if (!isNamedBy(image)) {
      return 0;
    }
    UUID now = image.modification();
    return modification.isEmpty() || modification.get().equals(now)
        ? 3
        : isAboutToChange(now) ? 2 : 1;
  }
}
