package io.diskformat.filesystem;

import io.diskformat.BlockDevice;
import io.diskformat.DiskFormatException;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.UnrecognizedFormatException;
import io.diskformat.channel.DeviceChannel;
import java.io.IOException;
import java.net.URI;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.AccessMode;
import java.nio.file.CopyOption;
import java.nio.file.DirectoryStream;
import java.nio.file.FileStore;
import java.nio.file.FileSystem;
import java.nio.file.FileSystemAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemNotFoundException;
import java.nio.file.LinkOption;
import java.nio.file.NotDirectoryException;
import java.nio.file.NotLinkException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.ProviderMismatchException;
import java.nio.file.ReadOnlyFileSystemException;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileAttributeView;
import java.nio.file.attribute.FileOwnerAttributeView;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.nio.file.spi.FileSystemProvider;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The files inside of disk images, for {@code java.nio.file}. What is opened here is only read;
 * what {@link DiskFileSystems#of(BlockDevice, FileTreeEdit)} makes can be changed. It is found by
 * {@link java.nio.file.FileSystems#newFileSystem(Path)}, and by URIs:
 *
 * <pre>diskformat:file:///srv/debian.iso!/install/README</pre>
 *
 * A file system that is opened by a path belongs to its opener alone; one that is opened by a URI
 * can be found by that URI until it is closed. Thread-safe, for files that are only read.
 */
public final class DiskFileSystemProvider extends FileSystemProvider {
  private final Map<Path, TreeFileSystem> byImage = new ConcurrentHashMap<>();

  /** For {@link java.util.ServiceLoader}. */
  public DiskFileSystemProvider() {}

  @Override
  public String getScheme() {
    return TreeFileSystem.SCHEME;
  }

  /**
   * Opens the files inside of an image.
   *
   * @param image an image of an installed format, which is probed
   * @param env what the file system lets its reader choose
   * @throws UnsupportedOperationException if that is no image, or holds no file system that is
   *     known: some other provider may know it
   * @throws DiskFormatException if its file system makes no sense
   */
  @Override
  public FileSystem newFileSystem(Path image, Map<String, ?> env) throws IOException {
    try {
      return open(image, env, () -> {});
    } catch (UnrecognizedFormatException e) {
      throw new UnsupportedOperationException(e.getMessage(), e);
    }
  }

  /**
   * Opens the files of a device.
   *
   * @param device closed together with the file system, or if this throws
   * @param env what the file system lets its reader choose
   * @throws DiskFormatException if it holds no file system that is known, or one that makes no
   *     sense
   * @throws IOException if it cannot be read
   */
  public FileSystem newFileSystem(BlockDevice device, Map<String, ?> env) throws IOException {
    return over(device, env, "", () -> {});
  }

  FileSystem fileSystemOf(BlockDevice device, FileTree tree) {
    return new TreeFileSystem(this, device, tree, "", () -> {});
  }

  FileSystem fileSystemOf(BlockDevice device, FileTreeEdit edit) {
    return new TreeFileSystem(this, device, edit);
  }

  private TreeFileSystem open(Path image, Map<String, ?> env, Runnable atClose) throws IOException {
    BlockDevice device = DiskImages.open(image, OpenOptions.readOnly());
    return over(device, env, image.toUri().toString().replace("!", "%21"), atClose);
  }

  private TreeFileSystem over(
      BlockDevice device, Map<String, ?> env, String imageUri, Runnable atClose)
      throws IOException {
    boolean done = false;
    try {
      FileTree tree = FileTrees.open(device, env);
      TreeFileSystem result = new TreeFileSystem(this, device, tree, imageUri, atClose);
      done = true;
      return result;
    } finally {
      if (!done) {
        device.close();
      }
    }
  }

  @Override
  public FileSystem newFileSystem(URI uri, Map<String, ?> env) throws IOException {
    Path image = DiskUri.of(uri).image().toRealPath();
    synchronized (byImage) {
      if (byImage.containsKey(image)) {
        throw new FileSystemAlreadyExistsException(uri.toString());
      }
      TreeFileSystem opened = open(image, env, () -> byImage.remove(image));
      byImage.put(image, opened);
      return opened;
    }
  }

  @Override
  public FileSystem getFileSystem(URI uri) {
    return opened(DiskUri.of(uri));
  }

  private TreeFileSystem opened(DiskUri uri) {
    TreeFileSystem opened;
    try {
      opened = byImage.get(uri.image().toRealPath());
    } catch (IOException e) {
      throw (FileSystemNotFoundException)
          new FileSystemNotFoundException(uri.image().toString()).initCause(e);
    }
    if (opened == null) {
      throw new FileSystemNotFoundException(uri.image().toString());
    }
    return opened;
  }

  @Override
  public Path getPath(URI uri) {
    DiskUri parts = DiskUri.of(uri);
    return opened(parts).getPath(parts.inside());
  }

  // Reading

  static TreePath ours(Path path) {
    if (Objects.requireNonNull(path) instanceof TreePath ours) {
      return ours;
    }
    throw new ProviderMismatchException();
  }

  static TreeFileSystem of(TreePath path) {
    return (TreeFileSystem) path.getFileSystem();
  }

  static FileNode node(Path path, LinkOption... options) throws IOException {
    TreePath ours = ours(path);
    return of(ours).node(ours, follows(options));
  }

  private static boolean follows(LinkOption... options) {
    return !Arrays.asList(options).contains(LinkOption.NOFOLLOW_LINKS);
  }

  private static TreeAttributes attributes(Path path, LinkOption... options) throws IOException {
    return new TreeAttributes(node(path, options).attributes());
  }

  @Override
  public SeekableByteChannel newByteChannel(
      Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
      throws IOException {
    OpenMode mode = OpenMode.of(options);
    TreeFileSystem files = of(ours(path));
    if (!files.isReadOnly()) {
      return files.changes().open(ours(path), mode, attributes);
    }
    if (!mode.options().equals(Set.of(StandardOpenOption.READ))) {
      throw new ReadOnlyFileSystemException();
    }
    FileNode node =
        options.contains(LinkOption.NOFOLLOW_LINKS)
            ? node(path, LinkOption.NOFOLLOW_LINKS)
            : node(path);
    return DeviceChannel.of(regular(path, node).content());
  }

  private static FileNode regular(Path path, FileNode node) throws IOException {
    if (node.kind() != NodeAttributes.Kind.FILE) {
      throw new FileSystemException(path.toString(), null, "is no regular file");
    }
    return node;
  }

  /** Returns the regular file that a path leads to. */
  static FileNode regularFile(Path path) throws IOException {
    return regular(path, node(path));
  }

  @Override
  public DirectoryStream<Path> newDirectoryStream(
      Path path, DirectoryStream.Filter<? super Path> filter) throws IOException {
    FileNode node = node(path);
    if (node.kind() != NodeAttributes.Kind.DIRECTORY) {
      throw new NotDirectoryException(path.toString());
    }
    return new TreeDirectory(
        ours(path), node.list(), Objects.requireNonNull(filter), !of(ours(path)).isReadOnly());
  }

  @Override
  public Path readSymbolicLink(Path link) throws IOException {
    FileNode node = node(link, LinkOption.NOFOLLOW_LINKS);
    if (node.kind() != NodeAttributes.Kind.SYMBOLIC_LINK) {
      throw new NotLinkException(link.toString());
    }
    return TreePath.ofTarget(of(ours(link)), node.linkTarget());
  }

  @Override
  public boolean isSameFile(Path path, Path other) throws IOException {
    if (path.equals(other)) {
      return true;
    }
    return other instanceof TreePath otherPath
        && otherPath.getFileSystem().equals(path.getFileSystem())
        && node(path).attributes().key().equals(node(other).attributes().key());
  }

  @Override
  public boolean isHidden(Path path) {
    Path name = path.getFileName();
    return name != null && name.toString().startsWith(".");
  }

  @Override
  public FileStore getFileStore(Path path) throws IOException {
    node(path);
    return of(ours(path)).store();
  }

  @Override
  public void checkAccess(Path path, AccessMode... modes) throws IOException {
    TreeAttributes attributes = attributes(path);
    for (AccessMode mode : modes) {
      boolean runs =
          !attributes.isPosix()
              || attributes.permissions().stream().anyMatch(p -> p.name().endsWith("_EXECUTE"));
      boolean refused = mode == AccessMode.WRITE && of(ours(path)).isReadOnly();
      if (refused || (mode == AccessMode.EXECUTE && !runs)) {
        throw new AccessDeniedException(path.toString());
      }
    }
  }

  @Override
  public <V extends FileAttributeView> @Nullable V getFileAttributeView(
      Path path, Class<V> type, LinkOption... options) {
    TreeFileSystem fileSystem = of(ours(path));
    TreeAttributeView.Source source = () -> attributes(path, options);
    Supplier<AttributeChanges> changes =
        () -> fileSystem.changes().attributes(ours(path), follows(options));
    if (type == BasicFileAttributeView.class) {
      return type.cast(new TreeAttributeView("basic", source, changes));
    }
    if (type == UserDefinedFileAttributeView.class && fileSystem.hasExtendedAttributes()) {
      return type.cast(new TreeUserAttributeView(path.toString(), () -> node(path, options)));
    }
    if (!fileSystem.hasPosixAttributes()) {
      return null;
    }
    return type == PosixFileAttributeView.class || type == FileOwnerAttributeView.class
        ? type.cast(new TreeAttributeView("posix", source, changes))
        : null;
  }

  @Override
  public <A extends BasicFileAttributes> A readAttributes(
      Path path, Class<A> type, LinkOption... options) throws IOException {
    TreeAttributes attributes = attributes(path, options);
    boolean posix = type == PosixFileAttributes.class && attributes.isPosix();
    if (posix || type == BasicFileAttributes.class) {
      return type.cast(attributes);
    }
    throw new UnsupportedOperationException("no " + type.getSimpleName() + " are recorded");
  }

  @Override
  public Map<String, Object> readAttributes(Path path, String names, LinkOption... options)
      throws IOException {
    if (names.startsWith(TreeUserAttributeView.NAME + ":")
        && of(ours(path)).hasExtendedAttributes()) {
      Map<String, Object> all = new TreeMap<>(TreeUserAttributeView.of(node(path, options)));
      return TreeAttributes.named(all, names);
    }
    return attributes(path, options).named(names);
  }

  // Changing: throws a ReadOnlyFileSystemException where files are only read

  @Override
  public void createDirectory(Path directory, FileAttribute<?>... attributes) throws IOException {
    TreePath path = ours(directory);
    of(path).changes().createDirectory(path, attributes);
  }

  @Override
  public void createSymbolicLink(Path link, Path target, FileAttribute<?>... attributes)
      throws IOException {
    TreePath path = ours(link);
    TreeChanges changes = of(path).changes();
    if (attributes.length > 0) {
      throw new UnsupportedOperationException("to create a link with " + attributes[0].name());
    }
    changes.createSymbolicLink(path, ours(target).target());
  }

  @Override
  public void createLink(Path link, Path existing) {
    TreeChanges _ = of(ours(link)).changes();
    throw new UnsupportedOperationException("to give a file a second name");
  }

  @Override
  public void delete(Path path) throws IOException {
    of(ours(path)).changes().delete(ours(path));
  }

  @Override
  public void copy(Path source, Path target, CopyOption... options) throws IOException {
    new TreeCopy(of(ours(source)), of(ours(target))).copy(ours(source), ours(target), options);
  }

  @Override
  public void move(Path source, Path target, CopyOption... options) throws IOException {
    new TreeCopy(of(ours(source)), of(ours(target))).move(ours(source), ours(target), options);
  }

  @Override
  public void setAttribute(Path path, String attribute, Object value, LinkOption... options)
      throws IOException {
    of(ours(path)).changes().attributes(ours(path), follows(options)).set(attribute, value);
  }
}
