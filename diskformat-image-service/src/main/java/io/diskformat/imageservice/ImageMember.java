package io.diskformat.imageservice;

import java.time.Instant;
import java.util.Locale;

/**
 * A project that an image is shared with.
 *
 * @param project its id
 * @param status what the project said to that
 * @param createdAt when it was shared
 * @param updatedAt when the status was changed last
 */
public record ImageMember(String project, Status status, Instant createdAt, Instant updatedAt) {
  /** What a project says to an image that is shared with it. */
  public enum Status {
    /** Nothing yet. */
    PENDING,
    /** It is in the project's lists. */
    ACCEPTED,
    /** It is not in the project's lists. */
    REJECTED;

    /** Returns the name that clients know. */
    public String text() {
      return name().toLowerCase(Locale.ROOT);
    }

    /**
     * Returns the status of a name.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static Status of(String text) {
      return valueOf(text.toUpperCase(Locale.ROOT));
    }
  }
}
