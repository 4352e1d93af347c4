package io.diskformat.cli;

import java.io.IOException;
import java.nio.file.CopyOption;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFileAttributes;
import java.util.Map;

/**
 * Copies files of a guest with all that is in them, as cp -r and cp -a do; links are copied as
 * links. A directory that is there is filled, and gets what is recorded of its original from cp -a
 * alone.
 */
final class GuestCopy {
  private static final int MOST_LEVELS = 1000;

  private final boolean all;

  /**
   * Creates it.
   *
   * @param all whether owners and times are copied, too
   */
  GuestCopy(boolean all) {
    this.all = all;
  }

  /** Copies a file. */
  void copy(Path source, Path target) throws IOException {
    copy(source, target, 0);
  }

  private void copy(Path source, Path target, int level) throws IOException {
    if (level > MOST_LEVELS) {
      throw new IOException(source + ": is more than " + MOST_LEVELS + " directories deep");
    }
    if (!Files.isDirectory(source, LinkOption.NOFOLLOW_LINKS)) {
      Path _ = Files.copy(source, target, options());
      return;
    }
    boolean made = !Files.isDirectory(target, LinkOption.NOFOLLOW_LINKS);
    if (made) {
      Path _ = Files.createDirectory(target);
    }
    try (DirectoryStream<Path> children = Files.newDirectoryStream(source)) {
      for (Path child : children) {
        copy(child, target.resolve(String.valueOf(child.getFileName())), level + 1);
      }
    }
    if (made || all) {
      // Last, as what comes into a directory changes its time.
      copyAttributes(source, target);
    }
  }

  private CopyOption[] options() {
    return all
        ? new CopyOption[] {
          StandardCopyOption.REPLACE_EXISTING,
          LinkOption.NOFOLLOW_LINKS,
          StandardCopyOption.COPY_ATTRIBUTES
        }
        : new CopyOption[] {StandardCopyOption.REPLACE_EXISTING, LinkOption.NOFOLLOW_LINKS};
  }

  private void copyAttributes(Path source, Path target) throws IOException {
    if (hasModes(source) && hasModes(target)) {
      Map<String, Object> unix = Files.readAttributes(source, "unix:mode,uid,gid");
      if (all) {
        Path _ = Files.setAttribute(target, "unix:uid", unix.get("uid"));
        Path _ = Files.setAttribute(target, "unix:gid", unix.get("gid"));
      }
      Path _ = Files.setAttribute(target, "unix:mode", unix.get("mode"));
    }
    if (all) {
      FileTime modified = Files.getLastModifiedTime(source);
      Path _ = Files.setLastModifiedTime(target, modified);
    }
  }

  /** Returns whether the volume that a file is on records owners and modes. */
  private static boolean hasModes(Path file) throws IOException {
    try {
      var _ = Files.readAttributes(file, PosixFileAttributes.class);
      return true;
    } catch (UnsupportedOperationException e) {
      return false;
    }
  }
}
