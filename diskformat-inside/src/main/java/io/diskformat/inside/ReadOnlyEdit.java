package io.diskformat.inside;

import io.diskformat.DiskFormatException;
import io.diskformat.filesystem.FileNode;
import io.diskformat.filesystem.FileTree;
import io.diskformat.filesystem.FileTreeEdit;
import java.lang.foreign.MemorySegment;
import java.nio.file.attribute.FileTime;
import org.jspecify.annotations.Nullable;

/** The part that a volume has in an edit of several, if its files can only be read. */
final class ReadOnlyEdit implements FileTreeEdit {
  private final FileTree tree;
  private final String name;
  private final DiskFormatException why;

  /**
   * Creates it.
   *
   * @param name of the volume
   * @param why it cannot be changed, which whoever tries hears
   */
  ReadOnlyEdit(FileTree tree, String name, DiskFormatException why) {
    this.tree = tree;
    this.name = name;
    this.why = why;
  }

  DiskFormatException why() {
    return why;
  }

  /**
   * Each who tries gets one of his own; none that says of the file system that it has no such thing
   * as is to be changed, as that may be passed over.
   */
  private DiskFormatException refused() {
    return new DiskFormatException(name + " is only read: " + why.getMessage(), why);
  }

  @Override
  public FileTree tree() {
    return tree;
  }

  @Override
  public void write(FileNode file, long position, MemorySegment source) throws DiskFormatException {
    throw refused();
  }

  @Override
  public void setSize(FileNode file, long size) throws DiskFormatException {
    throw refused();
  }

  @Override
  public void createFile(FileNode directory, String fileName, int permissions)
      throws DiskFormatException {
    throw refused();
  }

  @Override
  public void createDirectory(FileNode directory, String fileName, int permissions)
      throws DiskFormatException {
    throw refused();
  }

  @Override
  public void createSymbolicLink(FileNode directory, String fileName, String target)
      throws DiskFormatException {
    throw refused();
  }

  @Override
  public void delete(FileNode directory, String fileName) throws DiskFormatException {
    throw refused();
  }

  @Override
  public void rename(FileNode directory, String fileName, FileNode newDirectory, String newName)
      throws DiskFormatException {
    throw refused();
  }

  @Override
  public void replace(FileNode directory, String fileName, String newName)
      throws DiskFormatException {
    throw refused();
  }

  @Override
  public void setPermissions(FileNode file, int permissions) throws DiskFormatException {
    throw refused();
  }

  @Override
  public void setOwner(FileNode file, long owner, long group) throws DiskFormatException {
    throw refused();
  }

  @Override
  public void setTimes(FileNode file, @Nullable FileTime modified, @Nullable FileTime accessed)
      throws DiskFormatException {
    throw refused();
  }

  @Override
  public void commit() {}

  @Override
  public void close() {}
}
