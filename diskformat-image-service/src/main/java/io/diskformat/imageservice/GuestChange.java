package io.diskformat.imageservice;

/**
 * A change of one file inside of an image.
 *
 * @param kind what is done
 * @param path of the file, from the root of the guest
 * @param text what is written, or looked for; else an empty string
 * @param by what takes the place of what was looked for; else an empty string
 */
public record GuestChange(Kind kind, String path, String text, String by) {
  /** What is done with a file. */
  public enum Kind {
    /** It has the text, and nothing else. Its owner and rights stay if it was there. */
    WRITE,
    /** The text comes behind what it has. */
    APPEND,
    /** Another text takes the place of the text, wherever that is; it must be there once. */
    REPLACE,
    /** It is removed; if it is a directory, that must be empty. */
    REMOVE,
    /** A directory is made, and those that it is in. */
    DIRECTORY
  }
}
