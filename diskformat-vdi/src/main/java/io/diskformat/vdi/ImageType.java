package io.diskformat.vdi;

import org.jspecify.annotations.Nullable;

/** What kind of image a VDI is. Each has its number in the header. */
enum ImageType {
  /** Blocks get their place when they are first written. */
  DYNAMIC(1, "dynamic"),
  /** All blocks have their place from the start. */
  FIXED(2, "fixed"),
  /** A difference to another image that is thrown away when a machine stops. */
  UNDO(3, "undo"),
  /** A difference to another image. */
  DIFFERENCING(4, "differencing");

  final int number;
  final String description;

  ImageType(int number, String description) {
    this.number = number;
    this.description = description;
  }

  static @Nullable ImageType of(int number) {
    for (ImageType type : values()) {
      if (type.number == number) {
        return type;
      }
    }
    return null;
  }
}
