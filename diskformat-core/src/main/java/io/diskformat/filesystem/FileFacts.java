package io.diskformat.filesystem;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;

/**
 * The attributes of a file that are known without reading its content. Immutable.
 *
 * @param kind {@code -} for a regular file, {@code d} for a directory, {@code l} for a symbolic
 *     link, {@code b}, {@code c}, {@code p} or {@code s} for others, as {@code ls} has them; {@code
 *     ?} where a file system does not say which
 * @param permissions the low 12 bits of a mode, or -1 where there are none
 * @param owner the number of the user, or -1
 * @param group the number of the group, or -1
 * @param size of a regular file in bytes; 0 for others
 * @param modified when its content changed last
 * @param target where a symbolic link leads; empty for others
 * @param device the number of a device; 0 for others
 */
public record FileFacts(
    char kind,
    int permissions,
    long owner,
    long group,
    long size,
    FileTime modified,
    String target,
    long device) {
  private static final int KIND_SHIFT = 12;
  private static final String KINDS = "?pc?d?b?-?l?s???";

  /** Returns what is known of a file, or of the link that it is. */
  static FileFacts of(Path path) throws IOException {
    boolean unix = path.getFileSystem().supportedFileAttributeViews().contains("unix");
    Map<String, Object> known =
        Files.readAttributes(path, unix ? "unix:*" : "*", LinkOption.NOFOLLOW_LINKS);
    int mode = unix ? (int) number(known, "mode") : -1;
    char kind = unix ? KINDS.charAt((mode >> KIND_SHIFT) & 0xF) : kind(known);
    return new FileFacts(
        kind,
        unix ? mode & 07777 : -1,
        unix ? number(known, "uid") : -1,
        unix ? number(known, "gid") : -1,
        kind == '-' ? number(known, "size") : 0,
        known.get("lastModifiedTime") instanceof FileTime time ? time : FileTime.fromMillis(0),
        kind == 'l' ? Files.readSymbolicLink(path).toString() : "",
        unix && (kind == 'b' || kind == 'c') ? number(known, "rdev") : 0);
  }

  private static char kind(Map<String, Object> known) {
    if (Boolean.TRUE.equals(known.get("isDirectory"))) {
      return 'd';
    }
    if (Boolean.TRUE.equals(known.get("isSymbolicLink"))) {
      return 'l';
    }
    return Boolean.TRUE.equals(known.get("isRegularFile")) ? '-' : '?';
  }

  private static long number(Map<String, Object> known, String name) {
    Object value = known.get(name);
    return value instanceof Number number ? number.longValue() : -1;
  }

  /** Returns the extended attributes of users' name space, as far as there are such. */
  static Map<String, String> extendedAttributes(Path path) throws IOException {
    UserDefinedFileAttributeView view =
        Files.getFileAttributeView(
            path, UserDefinedFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
    Map<String, String> values = new TreeMap<>();
    if (view != null) {
      for (String name : view.list()) {
        ByteBuffer value = ByteBuffer.allocate(view.size(name));
        int length = view.read(name, value);
        values.put(name, HexFormat.of().formatHex(value.array(), 0, length));
      }
    }
    return values;
  }

  boolean isDirectory() {
    return kind == 'd';
  }

  boolean isRegular() {
    return kind == '-';
  }
}
