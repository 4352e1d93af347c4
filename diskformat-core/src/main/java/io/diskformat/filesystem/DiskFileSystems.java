package io.diskformat.filesystem;

import io.diskformat.BlockDevice;
import io.diskformat.DiskFormatException;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.ProviderMismatchException;
import java.nio.file.spi.FileSystemProvider;
import java.util.List;
import java.util.Map;

/**
 * The entry point to the files inside disks, as file systems of {@code java.nio.file}. Closing a
 * file system closes the device that it reads.
 */
public final class DiskFileSystems {
  private DiskFileSystems() {}

  private static final class Holder {
    static final DiskFileSystemProvider PROVIDER =
        FileSystemProvider.installedProviders().stream()
            .filter(DiskFileSystemProvider.class::isInstance)
            .map(DiskFileSystemProvider.class::cast)
            .findFirst()
            .orElseGet(DiskFileSystemProvider::new);
  }

  /**
   * Opens the files inside of an image, its format probed and its references denied.
   *
   * @throws DiskFormatException if it is no image, or holds no file system that is known, or one
   *     that makes no sense
   * @throws IOException if it cannot be opened or read
   */
  public static FileSystem open(Path image) throws IOException {
    return open(image, OpenOptions.readOnly(), Map.of());
  }

  /**
   * Opens the files inside of an image.
   *
   * @param options how to open the image
   * @param choices what the file system lets its reader choose, as {@code tree} of an ISO image:
   *     {@code rockridge}, {@code udf}, {@code joliet}, {@code enhanced} or {@code plain}; and its
   *     {@code session}, a number from 1 on or {@code last}
   * @throws IllegalArgumentException if a choice makes no sense
   * @throws DiskFormatException if it is no image, or holds no file system that is known, or one
   *     that makes no sense or has no such tree
   * @throws IOException if it cannot be opened or read
   */
  public static FileSystem open(Path image, OpenOptions options, Map<String, ?> choices)
      throws IOException {
    return open(DiskImages.open(image, options), choices);
  }

  /**
   * Opens the files of a device.
   *
   * @param device closed together with the file system, or if this throws
   * @param choices what the file system lets its reader choose
   * @throws IllegalArgumentException if a choice makes no sense
   * @throws DiskFormatException if it holds no file system that is known, or one that makes no
   *     sense or has no such tree
   * @throws IOException if it cannot be read
   */
  public static FileSystem open(BlockDevice device, Map<String, ?> choices) throws IOException {
    return Holder.PROVIDER.newFileSystem(device, choices);
  }

  /**
   * Returns a file system over a tree that is open already.
   *
   * @param device that the tree is read from; closed together with the file system
   */
  public static FileSystem of(BlockDevice device, FileTree tree) {
    return Holder.PROVIDER.fileSystemOf(device, tree);
  }

  /**
   * Returns a file system whose files can be changed, for one thread at a time. The edit keeps the
   * changes until {@link #commit} writes them; closing the file system before drops them. It
   * supports everything in {@code java.nio.file} but hard links ({@link
   * java.nio.file.Files#createLink}) and setting extended attributes, which stay as they are. Users
   * and groups are numbers ({@code unix:uid}, {@code unix:gid}), and permissions can be set by
   * {@code unix:mode}. A new file has the mode 0644 and a new directory 0755 unless the call that
   * creates it says another. A copy gets its original's owner and mode as far as its volume can
   * record them.
   *
   * @param device that the edit reads; closed together with the file system
   * @param edit closed together with the file system
   */
  public static FileSystem of(BlockDevice device, FileTreeEdit edit) {
    return Holder.PROVIDER.fileSystemOf(device, edit);
  }

  /**
   * Writes all changes that were made to files, and closes the file system.
   *
   * @param files made by {@link #of(BlockDevice, FileTreeEdit)}
   * @throws java.nio.file.ProviderMismatchException if it is no file system of this library
   * @throws java.nio.file.ReadOnlyFileSystemException if it is one that is only read
   * @throws java.nio.file.ClosedFileSystemException if it is closed
   * @throws IOException as {@link FileTreeEdit#commit} does; the file system stays open then
   */
  public static void commit(FileSystem files) throws IOException {
    if (!(files instanceof TreeFileSystem tree)) {
      throw new ProviderMismatchException();
    }
    tree.changes().commit();
  }

  /**
   * Returns the content of a regular file as a read-only device of the file's size: to slice, map,
   * hash or open what is inside as an image. It works as long as the file system is open; closing
   * it leaves that open.
   *
   * @param file in a file system of this library; symbolic links are followed
   * @throws java.nio.file.ProviderMismatchException if it is in no such file system
   * @throws java.nio.file.FileSystemException if it is no regular file, or not there
   * @throws DiskFormatException if the content is not all there, or stored in a way that is not
   *     supported
   * @throws IOException if it cannot be read
   */
  public static BlockDevice device(Path file) throws IOException {
    return DiskFileSystemProvider.regularFile(file).content();
  }

  /**
   * Returns the extended attributes of a file, by their names, which begin with their name space:
   * {@code user.comment}, {@code security.selinux}. There are none where the file system has none.
   *
   * @param file in a file system of this library
   * @throws java.nio.file.ProviderMismatchException if it is in no such file system
   * @throws java.nio.file.NoSuchFileException if it is not there
   * @throws DiskFormatException if what is recorded of them makes no sense
   * @throws IOException if they cannot be read
   */
  public static Map<String, byte[]> extendedAttributes(Path file, LinkOption... options)
      throws IOException {
    return DiskFileSystemProvider.node(file, options).extendedAttributes();
  }

  /**
   * Returns where the content of a regular file is on the device that its file system reads, one
   * range after the other.
   *
   * @param file in a file system of this library; symbolic links are followed
   * @throws java.nio.file.ProviderMismatchException if it is in no such file system
   * @throws java.nio.file.FileSystemException if it is no regular file, or not there
   * @throws io.diskformat.UnsupportedFeatureException if the content is compressed, so that it is
   *     nowhere as it is
   * @throws DiskFormatException if the content is not all there
   * @throws IOException if it cannot be read
   */
  public static List<ByteRange> ranges(Path file) throws IOException {
    return DiskFileSystemProvider.regularFile(file).ranges();
  }
}
