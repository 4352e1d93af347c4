package io.diskformat.filesystem;

import io.diskformat.filesystem.NodeAttributes.Posix;
import java.io.IOException;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.UserPrincipal;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Sets attributes of one file of an edit. */
final class AttributeChanges {
  private static final int PERMISSIONS = 07777;

  /** The attributes that can be set, by the names of their views. */
  private static final Map<String, List<String>> SETTABLE =
      Map.of(
          "basic",
          List.of("lastModifiedTime", "lastAccessTime", "creationTime"),
          "owner",
          List.of("owner"),
          "posix",
          List.of(
              "lastModifiedTime",
              "lastAccessTime",
              "creationTime",
              "owner",
              "group",
              "permissions"),
          "unix",
          List.of(
              "lastModifiedTime",
              "lastAccessTime",
              "creationTime",
              "owner",
              "group",
              "permissions",
              "mode",
              "uid",
              "gid"));

  private final FileTreeEdit edit;
  private final Source source;
  private final Runnable changed;

  /** Finds the file, as it is now. */
  @FunctionalInterface
  interface Source {
    FileNode find() throws IOException;
  }

  /**
   * Creates an object for one file.
   *
   * @param changed called after each change
   */
  AttributeChanges(FileTreeEdit edit, Source source, Runnable changed) {
    this.edit = edit;
    this.source = source;
    this.changed = changed;
  }

  /** Returns permissions as the bits of a mode. */
  static int mode(Set<?> permissions) {
    int mode = 0;
    for (Object permission : permissions) {
      mode |= bit((PosixFilePermission) permission);
    }
    return mode;
  }

  private static int bit(PosixFilePermission permission) {
    return switch (permission) {
      case OWNER_READ -> 0400;
      case OWNER_WRITE -> 0200;
      case OWNER_EXECUTE -> 0100;
      case GROUP_READ -> 0040;
      case GROUP_WRITE -> 0020;
      case GROUP_EXECUTE -> 0010;
      case OTHERS_READ -> 0004;
      case OTHERS_WRITE -> 0002;
      case OTHERS_EXECUTE -> 0001;
    };
  }

  /** Sets those times that are not null. */
  void setTimes(@Nullable FileTime modified, @Nullable FileTime accessed) throws IOException {
    if (modified != null || accessed != null) {
      edit.setTimes(source.find(), modified, accessed);
      changed.run();
    }
  }

  /** Sets permissions; the bits of the file's type are ignored. */
  void setMode(int mode) throws IOException {
    edit.setPermissions(source.find(), mode & PERMISSIONS);
    changed.run();
  }

  /** Sets the numbers of owner and group, those that are not null. */
  void setOwner(@Nullable Long owner, @Nullable Long group) throws IOException {
    FileNode node = source.find();
    Posix posix = node.attributes().posix().orElseThrow(UnsupportedOperationException::new);
    edit.setOwner(
        node, owner == null ? posix.owner() : owner, group == null ? posix.group() : group);
    changed.run();
  }

  /**
   * Sets an attribute by its name.
   *
   * @param attribute as {@link java.nio.file.Files#setAttribute} takes it
   * @throws UnsupportedOperationException if there is no such view
   * @throws IllegalArgumentException if the view has no such attribute that can be set
   * @throws ClassCastException if the value is no such attribute's
   */
  void set(String attribute, Object value) throws IOException {
    int colon = attribute.indexOf(':');
    String view = colon < 0 ? "basic" : attribute.substring(0, colon);
    String name = attribute.substring(colon + 1);
    List<String> names = SETTABLE.get(view);
    if (names == null) {
      throw new UnsupportedOperationException("to set attributes of the kind \"" + view + "\"");
    }
    if (!names.contains(name)) {
      throw new IllegalArgumentException("no attribute \"" + name + "\" that can be set");
    }
    boolean ofBasic = SETTABLE.getOrDefault("basic", List.of()).contains(name);
    if (!ofBasic && source.find().attributes().posix().isEmpty()) {
      throw new UnsupportedOperationException("no POSIX attributes are recorded");
    }
    switch (name) {
      case "mode" -> setMode(((Number) value).intValue());
      case "uid" -> setOwner(Numbered.named(((Number) value).longValue()).number(), null);
      case "gid" -> setOwner(null, Numbered.named(((Number) value).longValue()).number());
      case "owner" -> setOwner(Numbered.of((UserPrincipal) value), null);
      case "group" -> setOwner(null, Numbered.of((GroupPrincipal) value));
      case "permissions" -> setMode(mode((Set<?>) value));
      case "lastModifiedTime" -> setTimes((FileTime) value, null);
      case "lastAccessTime" -> setTimes(null, (FileTime) value);
      // As on Linux, the time of creation cannot be set.
      default -> setTimes(null, null);
    }
  }
}
