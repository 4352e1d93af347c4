package io.diskformat.storage;

import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.regex.Pattern;

/**
 * Determines in advance whether a file can be renamed over an existing one, so that this does not
 * fail only after a conversion of hours.
 */
final class RenameRights {
  /** The sticky bit of {@code st_mode}. */
  private static final int STICKY = 01000;

  private static final Path MOUNTS = Path.of("/proc/self/mountinfo");
  private static final Pattern FIELDS = Pattern.compile(" ");

  /** The index of the mount point among the fields of a line. */
  private static final int MOUNT_POINT = 4;

  private RenameRights() {}

  /** Returns whether the target's directory can be written, and the target is no mount point. */
  static boolean mayReplace(Path target) throws IOException {
    return Files.isWritable(target.resolveSibling(".")) && !isMountPoint(target);
  }

  /**
   * Returns whether the rules of a sticky directory, such as /tmp, allow the rename as well.
   *
   * @param own a file that this process created in the directory
   */
  static boolean mayReplace(Path target, Path own) throws IOException {
    if (!target.getFileSystem().supportedFileAttributeViews().contains("unix")) {
      return true;
    }
    Path directory = target.resolveSibling(".");
    int mode = (Integer) Files.getAttribute(directory, "unix:mode");
    Object user = Files.getAttribute(own, "unix:uid");
    return (mode & STICKY) == 0
        || user.equals(0)
        || user.equals(Files.getAttribute(directory, "unix:uid"))
        || user.equals(Files.getAttribute(target, "unix:uid"));
  }

  /** Returns whether a file is a mount point; false if the host does not report that. */
  private static boolean isMountPoint(Path target) throws IOException {
    if (!target.getFileSystem().equals(FileSystems.getDefault()) || !Files.isReadable(MOUNTS)) {
      return false;
    }
    // The kernel escapes these four characters in names.
    String escaped =
        target
            .toString()
            .replace("\\", "\\134")
            .replace(" ", "\\040")
            .replace("\t", "\\011")
            .replace("\n", "\\012");
    Charset names = Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8"));
    return Arrays.stream(new String(Files.readAllBytes(MOUNTS), names).split("\n"))
        .map(FIELDS::split)
        .anyMatch(mount -> mount.length > MOUNT_POINT && mount[MOUNT_POINT].equals(escaped));
  }
}
