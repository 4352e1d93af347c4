package io.diskformat.storage;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;

/**
 * The attributes that a file takes over from the one that it replaces: owner, group and
 * permissions.
 */
final class KeptAttributes {
  /** For each permission of the group, the same permission of all others. */
  private static final Map<PosixFilePermission, PosixFilePermission> GROUP =
      Map.of(
          PosixFilePermission.GROUP_READ, PosixFilePermission.OTHERS_READ,
          PosixFilePermission.GROUP_WRITE, PosixFilePermission.OTHERS_WRITE,
          PosixFilePermission.GROUP_EXECUTE, PosixFilePermission.OTHERS_EXECUTE);

  private KeptAttributes() {}

  /**
   * Gives one file the attributes of another, if that exists, as far as the host allows the caller.
   * If the group cannot be kept, the new group gets no more permissions than all others.
   *
   * @param from the file whose attributes are read
   * @param to the file that gets them
   * @param more permissions that it gets in addition
   */
  static void keep(Path from, Path to, Set<PosixFilePermission> more) throws IOException {
    PosixFileAttributeView toView = Files.getFileAttributeView(to, PosixFileAttributeView.class);
    if (toView == null || !Files.isRegularFile(from, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    PosixFileAttributes old =
        Files.readAttributes(from, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    PosixFileAttributes present = toView.readAttributes();
    boolean sameGroup =
        old.group().equals(present.group()) || isAllowed(() -> toView.setGroup(old.group()));
    if (!old.owner().equals(present.owner())) {
      isAllowed(() -> toView.setOwner(old.owner()));
    }
    Set<PosixFilePermission> permissions = permissions(old.permissions(), sameGroup);
    permissions.addAll(more);
    toView.setPermissions(permissions);
  }

  /** Returns the permissions that are kept, given whether the group is. */
  static Set<PosixFilePermission> permissions(Set<PosixFilePermission> old, boolean sameGroup) {
    Set<PosixFilePermission> kept = EnumSet.noneOf(PosixFilePermission.class);
    kept.addAll(old);
    if (!sameGroup) {
      GROUP.forEach((group, others) -> {
        if (!old.contains(others)) {
          kept.remove(group);
        }
      });
    }
    return kept;
  }

  private static boolean isAllowed(IoAction change) throws IOException {
    try {
      change.run();
      return true;
    } catch (FileSystemException e) {
      return false;
    }
  }
}
