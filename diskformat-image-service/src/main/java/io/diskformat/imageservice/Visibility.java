package io.diskformat.imageservice;

import java.util.Locale;

/** Who sees an image besides its owner and an admin. */
public enum Visibility {
  /** Everybody, in every list. */
  PUBLIC,
  /** Nobody. */
  PRIVATE,
  /** The projects that are its members. */
  SHARED,
  /** Everybody who asks for it, but no list that is not of such images. */
  COMMUNITY;

  /** Returns the name that clients know. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * Returns the visibility of a name.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static Visibility of(String text) {
    return valueOf(text.toUpperCase(Locale.ROOT));
  }
}
