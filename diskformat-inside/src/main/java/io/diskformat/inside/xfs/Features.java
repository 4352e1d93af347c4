package io.diskformat.inside.xfs;

import io.diskformat.UnsupportedFeatureException;
import java.util.Map;

/** The bits by which a superblock says what a file system has. */
final class Features {
  // Of version 4, beside the number of the version.
  private static final int SHARED = 0x200;
  private static final int DIRECTORIES_2 = 0x2000;
  private static final int MORE = 0x8000;

  // More of version 4.
  static final int TYPES_OF_VERSION_4 = 0x200;
  private static final int READ_OF_VERSION_4 = 0x2 | 0x8 | 0x80 | TYPES_OF_VERSION_4;

  // Of version 5: whoever does not know one of these must not read the file system.
  static final int TYPES = 0x1;
  static final int META_UUID = 0x4;
  private static final int SPARSE_INODES = 0x2;
  private static final int BIGTIME = 0x8;
  private static final int NEEDS_REPAIR = 0x10;
  private static final int MANY_EXTENTS = 0x20;
  private static final int EXCHANGE = 0x40;
  private static final int PARENTS = 0x80;
  private static final int METADIR = 0x100;
  private static final int READ =
      TYPES | SPARSE_INODES | META_UUID | BIGTIME | MANY_EXTENTS | EXCHANGE | PARENTS;

  private static final Map<Integer, String> NAMES =
      Map.of(NEEDS_REPAIR, "needsrepair", METADIR, "metadir");

  private Features() {}

  /**
   * Refuses, by name, what is not known of version 5.
   *
   * @param device as errors name it
   */
  static void check(String device, int incompatible) throws UnsupportedFeatureException {
    int unknown = incompatible & ~READ;
    if (unknown != 0) {
      int bit = Integer.lowestOneBit(unknown);
      String name = NAMES.getOrDefault(bit, "incompatible feature 0x" + Integer.toHexString(bit));
      throw new UnsupportedFeatureException(device, "xfs " + name);
    }
  }

  /**
   * Refuses, by name, what is not known of version 4.
   *
   * @param device as errors name it
   * @param version with its bits
   * @param more bits, which count if the version says so
   */
  static void checkVersion4(String device, int version, int more)
      throws UnsupportedFeatureException {
    if ((version & DIRECTORIES_2) == 0) {
      throw new UnsupportedFeatureException(device, "xfs directories of version 1");
    }
    if ((version & SHARED) != 0) {
      throw new UnsupportedFeatureException(device, "xfs shared");
    }
    int unknown = (version & MORE) != 0 ? more & ~READ_OF_VERSION_4 : 0;
    if (unknown != 0) {
      throw new UnsupportedFeatureException(
          device, "xfs features2 0x" + Integer.toHexString(Integer.lowestOneBit(unknown)));
    }
  }

  /** Returns whether the entries of the directories of version 4 say what the files are. */
  static boolean hasTypesInVersion4(int version, int more) {
    return (version & MORE) != 0 && (more & TYPES_OF_VERSION_4) != 0;
  }
}
