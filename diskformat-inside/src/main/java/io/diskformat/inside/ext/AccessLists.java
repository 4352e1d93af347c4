package io.diskformat.inside.ext;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Changes the lists of who may do what with a file, which are kept beside its permissions, and say
 * the same as these.
 */
final class AccessLists {
  private static final int BASIC = 0777;
  private static final int ACCESS = 2;
  private static final int OF_NEW_FILES = 3;

  private final ExtChanges changes;
  private final BlockAllocator allocator;

  AccessLists(ExtChanges changes, BlockAllocator allocator) {
    this.changes = changes;
    this.allocator = allocator;
  }

  /** Makes the list of a file, if there is one, say what its permissions will be. */
  void set(InodeChange file, int permissions) throws IOException {
    if (((file.inode().mode() ^ permissions) & BASIC) == 0) {
      return;
    }
    ExtendedAttributes attributes = new ExtendedAttributes(changes.volume(), file.inode());
    set(file, attributes.inInode(), permissions);
    if (attributes.all().stream().skip(attributes.inInode().size()).anyMatch(AccessLists::isOne)) {
      AttributeBlock.change(changes, allocator, file, all -> set(file, all, permissions));
    }
  }

  private static boolean isOne(ExtendedAttribute attribute) {
    return attribute.space() == ACCESS && attribute.name().isEmpty();
  }

  private void set(InodeChange file, List<ExtendedAttribute> attributes, int permissions)
      throws IOException {
    for (ExtendedAttribute attribute : attributes) {
      if (isOne(attribute)) {
        set(file, attribute, permissions);
      }
    }
  }

  private void set(InodeChange file, ExtendedAttribute attribute, int permissions)
      throws IOException {
    if (attribute.inode() != 0) {
      throw changes.unsupported(
          "permissions of a file of ext4 whose access list is in an inode of its own (ea_inode), "
              + file.number());
    }
    AccessList list =
        AccessList.of(attribute.container().slice(attribute.valueAt(), attribute.size()));
    if (list == null) {
      throw malformed(file.inode());
    }
    list.set(permissions);
    attribute.hash();
  }

  /**
   * Returns the list that files get that are new in a directory, or null.
   *
   * @throws io.diskformat.UnsupportedFeatureException if it is in an inode of its own
   */
  static byte @Nullable [] ofNewFiles(ExtVolume volume, Inode directory) throws IOException {
    for (ExtendedAttribute attribute : new ExtendedAttributes(volume, directory).all()) {
      if (attribute.space() == OF_NEW_FILES && attribute.name().isEmpty()) {
        if (attribute.inode() != 0) {
          throw volume.unsupported(
              "a new file in a directory of ext4 whose access list for these is in an inode of its"
                  + " own (ea_inode), "
                  + directory.number());
        }
        return attribute.value();
      }
    }
    return null;
  }

  /**
   * Gives a new file the lists that its directory has for it, as Linux does: the file's own allows
   * no more than whoever makes it says, and a directory has the same for what will be new in it.
   *
   * @param inherited of the directory that it is in
   * @param mode that is wanted
   * @param into gets the lists
   * @return the mode that it gets
   */
  int inherit(Inode parent, byte[] inherited, int mode, boolean directory, NewAttributes into)
      throws IOException {
    byte[] own = inherited.clone();
    AccessList list = AccessList.of(ByteBuffer.wrap(own));
    if (list == null) {
      throw malformed(parent);
    }
    int allowed = (mode & ~BASIC) | list.restrict(mode & BASIC);
    if (directory) {
      into.add(OF_NEW_FILES, "", inherited);
    }
    if (list.saysMore()) {
      into.add(ACCESS, "", own);
    }
    return allowed;
  }

  private IOException malformed(Inode file) {
    return changes
        .volume()
        .corrupt("access list", file.position(), "of inode " + file.number() + " makes no sense");
  }
}
