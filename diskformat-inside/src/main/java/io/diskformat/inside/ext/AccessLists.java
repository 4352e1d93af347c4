package io.diskformat.inside.ext;

import java.io.IOException;

/** Lists of who may do what with a file, which are kept beside its permissions. */
final class AccessLists {
  private static final int BASIC = 0777;
  private static final int ACCESS = 2;

  private AccessLists() {}

  /**
   * Refuses permissions that would not be what a list of the file says.
   *
   * @throws io.diskformat.UnsupportedFeatureException if there is one
   */
  static void check(ExtChanges changes, Inode file, int permissions) throws IOException {
    if (((file.mode() ^ permissions) & BASIC) == 0) {
      return;
    }
    for (ExtendedAttribute attribute : new ExtendedAttributes(changes.volume(), file).all()) {
      if (attribute.space() == ACCESS) {
        throw changes.unsupported(
            "permissions of a file of ext4 with an access list, inode " + file.number());
      }
    }
  }
}
