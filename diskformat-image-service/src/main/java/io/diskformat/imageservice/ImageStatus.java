package io.diskformat.imageservice;

import java.util.Locale;

/** What state an image is in. */
public enum ImageStatus {
  /** Registered, without data. */
  QUEUED,
  /** Its data arrives. */
  SAVING,
  /** Its data is staged, to be imported. */
  UPLOADING,
  /** Its data is fetched from elsewhere. */
  IMPORTING,
  /** Its data is there. */
  ACTIVE,
  /** Its data is there, and only an admin may have it. */
  DEACTIVATED,
  /** Gone; its id is not used again. */
  DELETED;

  /** Returns the name that clients know. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * Returns the status of a name.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static ImageStatus of(String text) {
    return valueOf(text.toUpperCase(Locale.ROOT));
  }
}
