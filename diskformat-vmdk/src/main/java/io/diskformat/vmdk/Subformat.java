package io.diskformat.vmdk;

/** The kinds of images that are created. */
enum Subformat {
  MONOLITHIC_SPARSE("monolithicSparse", ExtentType.SPARSE, "", false),
  MONOLITHIC_FLAT("monolithicFlat", ExtentType.FLAT, "-flat", false),
  TWO_GB_SPARSE("twoGbMaxExtentSparse", ExtentType.SPARSE, "-s%03d", true),
  TWO_GB_FLAT("twoGbMaxExtentFlat", ExtentType.FLAT, "-f%03d", true),
  STREAM_OPTIMIZED("streamOptimized", ExtentType.SPARSE, "", false),
  VMFS("vmfs", ExtentType.VMFS, "-flat", false),
  VMFS_SPARSE("vmfsSparse", ExtentType.VMFSSPARSE, "-delta", false);

  /** How many sectors an extent of an image has that is split: QEMU's. */
  private static final long SPLIT_SECTORS = 1L << 22;

  /** Its name, in options and as createType. */
  final String text;

  /** How its extents are stored. */
  final ExtentType type;

  /** What the name of an extent's file has behind the image's; nothing if that is one file. */
  private final String suffix;

  private final boolean split;

  Subformat(String text, ExtentType type, String suffix, boolean split) {
    this.text = text;
    this.type = type;
    this.suffix = suffix;
    this.split = split;
  }

  /** Returns the kind of a name. */
  static Subformat named(String text) {
    for (Subformat subformat : values()) {
      if (subformat.text.equals(text)) {
        return subformat;
      }
    }
    throw new IllegalArgumentException(text);
  }

  /** Returns whether the descriptor is inside the one extent. */
  boolean isOneFile() {
    return suffix.isEmpty();
  }

  boolean isStream() {
    return this == STREAM_OPTIMIZED;
  }

  /** Returns how many sectors of a disk an extent has at most. */
  long extentSectors() {
    return split ? SPLIT_SECTORS : Long.MAX_VALUE;
  }

  /**
   * Returns the name of an extent's file.
   *
   * @param image the name of the image's file
   * @param number of the extent, from 1 on
   */
  String extentName(String image, int number) {
    int dot = image.lastIndexOf('.');
    int end = dot < 0 ? image.length() : dot;
    return image.substring(0, end) + suffix.formatted(number) + image.substring(end);
  }
}
