package io.diskformat.filesystem;

import java.nio.file.FileStore;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.FileAttributeView;
import java.nio.file.attribute.FileStoreAttributeView;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import org.jspecify.annotations.Nullable;

/** The disk from which a tree is read. Does not know how much of it is free. */
final class TreeFileStore extends FileStore {
  private final FileTree tree;
  private final long size;
  private final boolean readOnly;

  TreeFileStore(FileTree tree, long size, boolean readOnly) {
    this.tree = tree;
    this.size = size;
    this.readOnly = readOnly;
  }

  @Override
  public String name() {
    return tree.label();
  }

  @Override
  public String type() {
    return tree.kind();
  }

  @Override
  public boolean isReadOnly() {
    return readOnly;
  }

  @Override
  public long getTotalSpace() {
    return size;
  }

  @Override
  public long getUsableSpace() {
    return 0;
  }

  @Override
  public long getUnallocatedSpace() {
    return 0;
  }

  @Override
  public boolean supportsFileAttributeView(Class<? extends FileAttributeView> type) {
    return type == BasicFileAttributeView.class
        || (type == UserDefinedFileAttributeView.class && tree.hasExtendedAttributes())
        || (type == PosixFileAttributeView.class && tree.hasPosixAttributes());
  }

  @Override
  public boolean supportsFileAttributeView(String name) {
    return name.equals("basic")
        || (name.equals(TreeUserAttributeView.NAME) && tree.hasExtendedAttributes())
        || (tree.hasPosixAttributes() && (name.equals("posix") || name.equals("unix")));
  }

  @Override
  public <V extends FileStoreAttributeView> @Nullable V getFileStoreAttributeView(Class<V> type) {
    return null;
  }

  @Override
  public Object getAttribute(String attribute) {
    return switch (attribute) {
      case "totalSpace" -> size;
      case "usableSpace", "unallocatedSpace" -> 0L;
      default -> throw new UnsupportedOperationException(attribute);
    };
  }
}
