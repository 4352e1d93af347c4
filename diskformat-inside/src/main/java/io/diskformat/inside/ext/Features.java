package io.diskformat.inside.ext;

import io.diskformat.UnsupportedFeatureException;
import java.util.Map;
import java.util.TreeMap;

/** The bits by which a superblock says what a file system has. */
final class Features {
  // Whoever does not know one of these must not read the file system.
  static final int COMPRESSION = 0x1;
  static final int FILETYPE = 0x2;
  static final int RECOVER = 0x4;
  static final int JOURNAL_DEVICE = 0x8;
  static final int META_GROUPS = 0x10;
  static final int EXTENTS = 0x40;
  static final int WIDE = 0x80;
  static final int MULTIPLE_MOUNTS = 0x100;
  static final int FLEXIBLE_GROUPS = 0x200;
  static final int ATTRIBUTE_INODES = 0x400;
  static final int DIRECTORY_DATA = 0x1000;
  static final int CHECKSUM_SEED = 0x2000;
  static final int LARGE_DIRECTORIES = 0x4000;
  static final int INLINE_DATA = 0x8000;
  static final int ENCRYPTION = 0x10000;
  static final int CASEFOLD = 0x20000;

  // Whoever does not know one of these must not write it.
  static final int GROUP_CHECKSUMS = 0x10;
  static final int METADATA_CHECKSUMS = 0x400;
  static final int BIGALLOC = 0x200;
  static final int SPARSE_SUPERBLOCKS = 0x1;
  static final int LARGE_FILES = 0x2;
  static final int HUGE_FILES = 0x8;
  static final int MANY_LINKS = 0x20;
  static final int LARGE_INODES = 0x40;
  static final int QUOTA = 0x100;
  static final int PROJECT = 0x2000;
  static final int VERITY = 0x8000;

  // These matter to nobody who does not know them.
  static final int JOURNAL = 0x4;
  static final int SPARSE_SUPERBLOCKS_2 = 0x200;

  private static final int READ =
      FILETYPE
          | RECOVER
          | META_GROUPS
          | EXTENTS
          | WIDE
          | MULTIPLE_MOUNTS
          | FLEXIBLE_GROUPS
          | ATTRIBUTE_INODES
          | CHECKSUM_SEED
          | LARGE_DIRECTORIES
          | INLINE_DATA
          | ENCRYPTION
          | CASEFOLD;

  private static final Map<Integer, String> NAMES =
      new TreeMap<>(
          Map.of(
              COMPRESSION,
              "compression",
              JOURNAL_DEVICE,
              "journal_dev",
              DIRECTORY_DATA,
              "dirdata"));

  private Features() {}

  /**
   * Refuses, by name, what is not known.
   *
   * @param device as errors name it
   * @param incompatible the bits of the first kind
   */
  static void check(String device, int incompatible) throws UnsupportedFeatureException {
    int unknown = incompatible & ~READ;
    if (unknown == 0) {
      return;
    }
    int bit = Integer.lowestOneBit(unknown);
    String name = NAMES.getOrDefault(bit, "incompatible feature 0x" + Integer.toHexString(bit));
    throw new UnsupportedFeatureException(device, "ext4 " + name);
  }
}
