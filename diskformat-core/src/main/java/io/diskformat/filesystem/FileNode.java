package io.diskformat.filesystem;

import io.diskformat.BlockDevice;
import io.diskformat.DiskFormatException;
import io.diskformat.UnsupportedFeatureException;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One file of a tree: a directory, a regular file, a symbolic link, or something else. Never
 * changes, and is safe for use by many threads. A class overrides the methods for the kinds of
 * files that it stands for; the others throw.
 *
 * <p>A directory is read while it is listed, and nothing below it is. Names are such that a host
 * may have them: none is empty, {@code .} or {@code ..}, or contains a slash or a NUL.
 */
public interface FileNode {

  /**
   * A file in its directory.
   *
   * @param name one element of a path
   * @param node the file
   */
  record Entry(String name, FileNode node) {}

  /** A cursor over the files of a directory. For one thread; holds nothing open. */
  @FunctionalInterface
  interface Cursor {
    /**
     * Returns the next file, or null after the last.
     *
     * @throws DiskFormatException if the directory makes no sense here; what comes after is not
     *     found then
     * @throws IOException if it cannot be read
     */
    @Nullable Entry next() throws IOException;
  }

  /**
   * Returns what the tree records of the file.
   *
   * @throws DiskFormatException if that makes no sense
   * @throws IOException if it cannot be read
   */
  NodeAttributes attributes() throws IOException;

  /**
   * Returns the kind of the file, as its attributes say it, but without reading these where the
   * directory says it as well.
   *
   * @throws DiskFormatException if what is recorded of the file makes no sense
   * @throws IOException if it cannot be read
   */
  default NodeAttributes.Kind kind() throws IOException {
    return attributes().kind();
  }

  /**
   * Returns the extended attributes of the file, by their names, which begin with their name space:
   * {@code user.comment}, {@code security.selinux}. In the order in which they are stored.
   *
   * @throws DiskFormatException if what is recorded of them makes no sense
   * @throws IOException if they cannot be read
   */
  default Map<String, byte[]> extendedAttributes() throws IOException {
    return Map.of();
  }

  /**
   * Lists a directory, in the order in which it is stored. Several files may have the same name
   * where the image is wrong.
   *
   * @throws UnsupportedOperationException if this is no directory
   * @throws DiskFormatException if the directory makes no sense, as one that contains itself
   * @throws IOException if it cannot be read
   */
  default Cursor list() throws IOException {
    throw new UnsupportedOperationException("no directory");
  }

  /**
   * Returns the first file of that name in a directory, itself and not what it may be a link to.
   *
   * @throws UnsupportedOperationException if this is no directory
   * @throws DiskFormatException if the directory makes no sense
   * @throws IOException if it cannot be read
   */
  default Optional<FileNode> find(String name) throws IOException {
    Cursor cursor = list();
    for (Entry entry = cursor.next(); entry != null; entry = cursor.next()) {
      if (entry.name().equals(name)) {
        return Optional.of(entry.node());
      }
    }
    return Optional.empty();
  }

  /**
   * Returns where a symbolic link leads, as it is recorded.
   *
   * @throws UnsupportedOperationException if this is no symbolic link
   * @throws DiskFormatException if what is recorded of it makes no sense
   * @throws IOException if it cannot be read
   */
  default String linkTarget() throws IOException {
    throw new UnsupportedOperationException("no symbolic link");
  }

  /**
   * Returns where on the device the content of a regular file is, one range after the other. They
   * are as long as the file, and within the device.
   *
   * @throws UnsupportedOperationException if this is no regular file
   * @throws UnsupportedFeatureException if the content is not stored as it is, but compressed, so
   *     that it has no place of its own; {@link #content} reads it
   * @throws DiskFormatException if the content is not all there, or stored in a way that is not
   *     supported
   * @throws IOException if that cannot be found out
   */
  default List<ByteRange> ranges() throws IOException {
    throw new UnsupportedOperationException("no regular file");
  }

  /**
   * Returns the content of a regular file as a read-only device of the file's size. It reads from
   * the device that holds the tree, and works as long as that is open; closing it leaves the other
   * open. Where the file is stored as it is, its bytes are copied once, from where they are.
   *
   * @throws UnsupportedOperationException if this is no regular file
   * @throws DiskFormatException if the content is not all there, or stored in a way that is not
   *     supported
   * @throws IOException if that cannot be found out
   */
  default BlockDevice content() throws IOException {
    throw new UnsupportedOperationException("no regular file");
  }
}
