package io.diskformat.filesystem;

import java.nio.file.attribute.FileTime;
import java.util.Optional;

/**
 * The attributes of a file that a tree records.
 *
 * @param kind what the file is
 * @param size of a regular file's content, in bytes
 * @param modified when the content was last modified
 * @param accessed when the file was last accessed
 * @param created when the file was created
 * @param posix owner and permissions, where the tree has them
 * @param unix what else Unix records, where the tree has it
 * @param key equal to those of other nodes that are the same file of the same tree, and of no
 *     others
 */
public record NodeAttributes(
    Kind kind,
    long size,
    Optional<FileTime> modified,
    Optional<FileTime> accessed,
    Optional<FileTime> created,
    Optional<Posix> posix,
    Optional<Unix> unix,
    Object key) {

  /** Creates attributes without those of Unix. */
  public NodeAttributes(
      Kind kind,
      long size,
      Optional<FileTime> modified,
      Optional<FileTime> accessed,
      Optional<FileTime> created,
      Optional<Posix> posix,
      Object key) {
    this(kind, size, modified, accessed, created, posix, Optional.empty(), key);
  }

  /** What a file is. */
  public enum Kind {
    /** A directory. */
    DIRECTORY,
    /** A regular file, which has content. */
    FILE,
    /** A symbolic link. */
    SYMBOLIC_LINK,
    /** A device, a pipe, a socket, or of unknown kind. */
    OTHER
  }

  /**
   * The owner and the permissions of a file.
   *
   * @param mode type and permissions, as POSIX numbers them
   * @param owner the number of the user
   * @param group the number of the group
   * @param links how many names the file has
   */
  public record Posix(int mode, long owner, long group, long links) {}

  /**
   * The attributes of a file in Unix beyond those of POSIX.
   *
   * @param inode its number in its file system
   * @param device of a device file, its number as Linux has it in memory: the minor number's low 8
   *     bits, then 12 bits of the major number, then the others of both; or 0
   * @param changed when what is recorded of the file was last changed
   */
  public record Unix(long inode, long device, FileTime changed) {}
}
