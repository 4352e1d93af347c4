package io.diskformat.filesystem;

import io.diskformat.DiskFormatException;
import io.diskformat.UnsupportedFeatureException;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.attribute.FileTime;
import org.jspecify.annotations.Nullable;

/**
 * Changes of a tree of files, which are kept in memory until {@link #commit} writes all of them. A
 * change that cannot be made throws and leaves the tree as it was before it. Not thread-safe.
 *
 * <p>Everything stays as it is that no method mentions: an inode's number, its links, its extended
 * attributes. Changed files, and directories in which names come or go, get the time of the edit,
 * which is one for all changes, unless their times are set.
 *
 * <p>All methods throw {@link UnsupportedFeatureException} for what the file system has and this
 * library cannot change, {@link java.nio.file.FileSystemException} and its subclasses for what no
 * file system allows, {@link DiskFormatException} for structures that make no sense, and {@link
 * IllegalStateException} after {@link #commit} and {@link #close}.
 */
public interface FileTreeEdit extends Closeable {

  /**
   * Returns the tree with the changes that were made so far. Do not use a node that was found
   * before a change after it: look it up again.
   */
  FileTree tree();

  /**
   * Writes into a regular file, which grows if that is needed; what is between its end and {@code
   * position} then reads as zeroes.
   *
   * @param position in the file, in bytes
   * @param source written whole
   * @throws IOException if the change cannot be made
   */
  void write(FileNode file, long position, MemorySegment source) throws IOException;

  /**
   * Makes a regular file shorter or longer. What is added reads as zeroes.
   *
   * @param size in bytes
   * @throws IOException if the change cannot be made
   */
  void setSize(FileNode file, long size) throws IOException;

  /**
   * Returns the permissions of a new file or directory for which nobody says any: 0644 or 0755, as
   * is usual; or what nothing is taken from, if the directory itself says what new files in it may
   * allow.
   *
   * @param directory that it is to be in
   * @param ofDirectory whether it is a directory
   * @throws IOException if the directory cannot be read
   */
  default int usualPermissions(FileNode directory, boolean ofDirectory) throws IOException {
    return ofDirectory ? 0755 : 0644;
  }

  /**
   * Creates an empty regular file. It gets those of the permissions that the directory allows new
   * files, if that says so (a default access list).
   *
   * @param permissions the low 12 bits of a POSIX mode; ignored where there are none
   * @throws java.nio.file.FileAlreadyExistsException if the name is taken
   * @throws IOException if the change cannot be made
   */
  void createFile(FileNode directory, String name, int permissions) throws IOException;

  /**
   * Creates an empty directory, with permissions as a new file gets them.
   *
   * @param permissions the low 12 bits of a POSIX mode; ignored where there are none
   * @throws java.nio.file.FileAlreadyExistsException if the name is taken
   * @throws IOException if the change cannot be made
   */
  void createDirectory(FileNode directory, String name, int permissions) throws IOException;

  /**
   * Creates a symbolic link.
   *
   * @param target where it leads; need not be there
   * @throws java.nio.file.FileAlreadyExistsException if the name is taken
   * @throws IOException if the change cannot be made
   */
  void createSymbolicLink(FileNode directory, String name, String target) throws IOException;

  /**
   * Removes a name, and with its last name a file of any kind or an empty directory. Its space is
   * free once the edit is committed.
   *
   * @throws java.nio.file.NoSuchFileException if there is none of that name
   * @throws java.nio.file.DirectoryNotEmptyException if it is a directory that is not empty
   * @throws IOException if the change cannot be made
   */
  void delete(FileNode directory, String name) throws IOException;

  /**
   * Gives a file another name, in the same or another directory. It stays the same file.
   *
   * @throws java.nio.file.NoSuchFileException if there is none of that name
   * @throws java.nio.file.FileSystemException if it would be a directory inside of itself
   * @throws java.nio.file.FileAlreadyExistsException if the new name is taken; this is checked
   *     last, so that a caller that then deletes what has the name does not do so in vain
   * @throws IOException if the change cannot be made
   */
  void rename(FileNode directory, String name, FileNode newDirectory, String newName)
      throws IOException;

  /**
   * Gives a file the name that another in the same directory has, which is deleted; all of it or
   * nothing.
   *
   * @throws java.nio.file.NoSuchFileException if one of them is not there
   * @throws java.nio.file.DirectoryNotEmptyException if the other is a directory that is not empty
   * @throws IOException if the change cannot be made
   */
  void replace(FileNode directory, String name, String newName) throws IOException;

  /**
   * Sets the permissions of a file.
   *
   * @param permissions the low 12 bits of a POSIX mode
   * @throws IOException if the change cannot be made
   */
  void setPermissions(FileNode file, int permissions) throws IOException;

  /**
   * Sets the owner and the group of a file.
   *
   * @param owner the number of the user
   * @param group the number of the group
   * @throws IOException if the change cannot be made
   */
  void setOwner(FileNode file, long owner, long group) throws IOException;

  /**
   * Sets times of a file; each as precisely as the file system has it.
   *
   * @param modified null to leave that as it is
   * @param accessed null to leave that as it is
   * @throws IOException if the change cannot be made
   */
  void setTimes(FileNode file, @Nullable FileTime modified, @Nullable FileTime accessed)
      throws IOException;

  /**
   * Does all of {@link #commit} that writes nothing, so that what can be known before to fail fails
   * here, as space that two files have. After this nothing can be changed.
   *
   * @throws IOException if it cannot be committed; the device is as it was
   */
  default void prepare() throws IOException {}

  /**
   * Writes all changes to the device and makes them durable, in an order such that at every moment
   * the file system's own checking program would repair it without a question. Then the edit has
   * ended, and can only be closed.
   *
   * @throws IOException if that fails; some changes may have been written
   */
  void commit() throws IOException;

  /** Ends the edit. Drops all changes if they were not committed. The device stays open. */
  @Override
  void close();
}
