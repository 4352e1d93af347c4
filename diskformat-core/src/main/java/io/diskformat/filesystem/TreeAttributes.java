package io.diskformat.filesystem;

import io.diskformat.filesystem.NodeAttributes.Kind;
import io.diskformat.filesystem.NodeAttributes.Posix;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.UserPrincipal;
import java.util.EnumSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** The attributes of a file, as {@code java.nio.file} has them. */
final class TreeAttributes implements PosixFileAttributes {
  private static final FileTime UNKNOWN = FileTime.fromMillis(0);

  private final NodeAttributes attributes;

  TreeAttributes(NodeAttributes attributes) {
    this.attributes = attributes;
  }

  /** Returns whether owner and permissions are known; without, asking for them fails. */
  boolean isPosix() {
    return attributes.posix().isPresent();
  }

  private Posix posix() {
    return attributes
        .posix()
        .orElseThrow(() -> new UnsupportedOperationException("no POSIX attributes are recorded"));
  }

  @Override
  public UserPrincipal owner() {
    return new Numbered(posix().owner());
  }

  @Override
  public GroupPrincipal group() {
    return new Numbered(posix().group());
  }

  @Override
  public Set<PosixFilePermission> permissions() {
    return permissions(Optional.of(posix()));
  }

  /** Returns the recorded permissions, or none. */
  static Set<PosixFilePermission> permissions(Optional<Posix> recorded) {
    int mode = recorded.map(Posix::mode).orElse(0);
    Set<PosixFilePermission> permissions = EnumSet.noneOf(PosixFilePermission.class);
    // The constants are declared in the order of the bits: from the owner's reading to the others'
    // executing.
    int bit = 0400;
    for (PosixFilePermission permission : PosixFilePermission.values()) {
      if ((mode & bit) != 0) {
        permissions.add(permission);
      }
      bit >>= 1;
    }
    return permissions;
  }

  @Override
  public FileTime lastModifiedTime() {
    return attributes.modified().orElse(UNKNOWN);
  }

  @Override
  public FileTime lastAccessTime() {
    return attributes.accessed().orElseGet(this::lastModifiedTime);
  }

  @Override
  public FileTime creationTime() {
    return attributes.created().orElseGet(this::lastModifiedTime);
  }

  @Override
  public boolean isRegularFile() {
    return attributes.kind() == Kind.FILE;
  }

  @Override
  public boolean isDirectory() {
    return attributes.kind() == Kind.DIRECTORY;
  }

  @Override
  public boolean isSymbolicLink() {
    return attributes.kind() == Kind.SYMBOLIC_LINK;
  }

  @Override
  public boolean isOther() {
    return attributes.kind() == Kind.OTHER;
  }

  @Override
  public long size() {
    return attributes.size();
  }

  @Override
  public Object fileKey() {
    return attributes.key();
  }

  /**
   * Returns attributes by name.
   *
   * @param wanted as {@link java.nio.file.Files#readAttributes(java.nio.file.Path, String,
   *     java.nio.file.LinkOption...)} has it
   * @throws UnsupportedOperationException if there is no such view
   * @throws IllegalArgumentException if the view has no such attribute
   */
  Map<String, Object> named(String wanted) {
    int colon = wanted.indexOf(':');
    String view = colon < 0 ? "basic" : wanted.substring(0, colon);
    return named(ofView(view), wanted);
  }

  /**
   * Returns some attributes.
   *
   * @param all of a view
   * @param wanted as {@link #named(String)} takes it
   */
  static Map<String, Object> named(Map<String, Object> all, String wanted) {
    int colon = wanted.indexOf(':');
    String view = colon < 0 ? "basic" : wanted.substring(0, colon);
    Map<String, Object> named = new TreeMap<>();
    for (String name : wanted.substring(colon + 1).split(",", -1)) {
      if (name.equals("*")) {
        named.putAll(all);
      } else if (all.containsKey(name)) {
        named.put(name, all.get(name));
      } else {
        throw new IllegalArgumentException("no attribute \"" + name + "\" of \"" + view + "\"");
      }
    }
    return named;
  }

  private Map<String, Object> ofView(String view) {
    Map<String, Object> all = new TreeMap<>();
    all.put("lastModifiedTime", lastModifiedTime());
    all.put("lastAccessTime", lastAccessTime());
    all.put("creationTime", creationTime());
    all.put("size", size());
    all.put("isRegularFile", isRegularFile());
    all.put("isDirectory", isDirectory());
    all.put("isSymbolicLink", isSymbolicLink());
    all.put("isOther", isOther());
    all.put("fileKey", fileKey());
    if (view.equals("posix") || view.equals("unix")) {
      all.put("owner", owner());
      all.put("group", group());
      all.put("permissions", permissions());
      if (view.equals("unix")) {
        all.put("mode", posix().mode());
        all.put("uid", posix().owner());
        all.put("gid", posix().group());
        all.put("nlink", posix().links());
        attributes
            .unix()
            .ifPresent(unix -> {
              all.put("ino", unix.inode());
              all.put("rdev", unix.device());
              all.put("ctime", unix.changed());
            });
      }
    } else if (!view.equals("basic")) {
      throw new UnsupportedOperationException("no attributes of the kind \"" + view + "\"");
    }
    return all;
  }
}
