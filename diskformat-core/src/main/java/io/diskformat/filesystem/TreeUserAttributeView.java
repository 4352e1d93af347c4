package io.diskformat.filesystem;

import java.io.IOException;
import java.nio.BufferOverflowException;
import java.nio.ByteBuffer;
import java.nio.file.FileSystemException;
import java.nio.file.ReadOnlyFileSystemException;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The extended attributes of a file in the name space of users, by their names without that. */
final class TreeUserAttributeView implements UserDefinedFileAttributeView {
  static final String NAME = "user";
  private static final String SPACE = "user.";

  private final String path;
  private final Source source;

  /** Finds the file. */
  @FunctionalInterface
  interface Source {
    FileNode find() throws IOException;
  }

  /**
   * Creates a view.
   *
   * @param path of the file, for errors
   */
  TreeUserAttributeView(String path, Source source) {
    this.path = path;
    this.source = source;
  }

  /** Returns all of them. */
  static Map<String, byte[]> of(FileNode node) throws IOException {
    Map<String, byte[]> values = new TreeMap<>();
    node.extendedAttributes()
        .forEach((name, value) -> {
          if (name.startsWith(SPACE)) {
            values.put(name.substring(SPACE.length()), value);
          }
        });
    return values;
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public List<String> list() throws IOException {
    return new ArrayList<>(of(source.find()).keySet());
  }

  private byte[] value(String name) throws IOException {
    byte[] value = of(source.find()).get(name);
    if (value == null) {
      throw new FileSystemException(path, null, "has no attribute \"" + name + "\"");
    }
    return value;
  }

  @Override
  public int size(String name) throws IOException {
    return value(name).length;
  }

  @Override
  public int read(String name, ByteBuffer target) throws IOException {
    byte[] value = value(name);
    if (value.length > target.remaining()) {
      throw new IOException(path + ": no room for an attribute", new BufferOverflowException());
    }
    target.put(value);
    return value.length;
  }

  @Override
  public int write(String name, ByteBuffer source) {
    throw new ReadOnlyFileSystemException();
  }

  @Override
  public void delete(String name) {
    throw new ReadOnlyFileSystemException();
  }
}
