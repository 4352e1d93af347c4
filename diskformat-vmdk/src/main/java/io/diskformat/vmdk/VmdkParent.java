package io.diskformat.vmdk;

import io.diskformat.DiskFormatException;
import io.diskformat.DiskImage;
import io.diskformat.spi.OpenRequest;
import java.io.IOException;
import java.util.Optional;
import java.util.OptionalLong;

/** The image that another one is a difference to: how it is opened, and seen to be that one. */
final class VmdkParent {
  private VmdkParent() {}

  /**
   * Opens the parent.
   *
   * @param child which has one
   * @param writable whether it is opened for writing
   * @throws DiskFormatException if what is found has another content than the child was made over
   */
  static VmdkImage open(OpenRequest request, Descriptor child, boolean writable)
      throws IOException {
    String name = child.parentName().orElseThrow();
    Optional<String> format = Optional.of("vmdk");
    DiskImage found =
        writable ? request.openBackingForWriting(name, format) : request.openBacking(name, format);
    boolean right = false;
    try {
      VmdkImage parent = (VmdkImage) found;
      Descriptor descriptor = parent.descriptor();
      if (!isParent(child, descriptor)) {
        throw new DiskFormatException(
            request.storage().name()
                + ": its parent is not the right one, or was changed since: the CID of "
                + parent
                + " is "
                + hex(descriptor.contentId())
                + ", expected "
                + hex(child.parentCid()));
      }
      right = true;
      return parent;
    } finally {
      if (!right) {
        found.close();
      }
    }
  }

  /**
   * Returns whether an image is the one that a child was made over: as it was then, or changed only
   * by a commit of the child.
   */
  static boolean isParent(Descriptor child, Descriptor descriptor) {
    return child.parentCid() == descriptor.cid()
        || child.parentCid() == descriptor.contentId()
        || child.comingParentCid().equals(OptionalLong.of(descriptor.contentId()));
  }

  private static String hex(long cid) {
    return "%08x".formatted(cid);
  }
}
