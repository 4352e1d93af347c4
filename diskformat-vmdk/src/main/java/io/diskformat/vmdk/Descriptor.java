package io.diskformat.vmdk;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What the text of a descriptor says of a disk.
 *
 * @param createType what kind of image it is, as it is written there
 * @param cid the number of the disk's content, of 32 bits, which changes with the first write after
 *     the image was opened
 * @param parentCid what that number was of the image that this one is a difference to; {@link
 *     #NO_PARENT} if there is none
 * @param comingParentCid what that number becomes by a commit of this image, from before the parent
 *     has it until this image names it as its {@code parentCid}
 * @param parentName the name of that image, if there is one
 * @param longContentId a longer number of the disk's content, in hexadecimal, if there is one
 * @param extents what the disk is made of, one after the other
 */
record Descriptor(
    String createType,
    long cid,
    long parentCid,
    OptionalLong comingParentCid,
    Optional<String> parentName,
    Optional<String> longContentId,
    List<ExtentLine> extents) {
  static final long NO_PARENT = 0xffff_ffffL;

  /**
   * The key of {@link #comingParentCid}: other programs ignore it, and it contains no other key, as
   * QEMU finds a key anywhere in the text.
   */
  static final String COMING_PARENT = "ddb.diskformat.committed";

  /** Stands for a {@link #cid} that follows from {@link #longContentId}. */
  static final long IN_LONG_ID = 0xffff_fffeL;

  private static final int CID_DIGITS = 8;

  /** Returns whether the image is a difference to another one. */
  boolean hasParent() {
    return parentCid != NO_PARENT;
  }

  /** Returns the size of the disk in bytes. */
  long size() {
    return extents.stream().mapToLong(ExtentLine::length).sum();
  }

  /** Returns the number that children of the image record of its content. */
  long contentId() {
    return cid == IN_LONG_ID && longContentId.isPresent() ? endOfLongId() : cid;
  }

  private long endOfLongId() {
    String digits = longContentId.orElseThrow();
    return Long.parseLong(digits.substring(digits.length() - CID_DIGITS), 16);
  }
}
