package io.diskformat.filesystem;

import io.diskformat.BlockDevice;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.ClosedFileSystemException;
import java.nio.file.FileStore;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.ReadOnlyFileSystemException;
import java.nio.file.WatchService;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.nio.file.spi.FileSystemProvider;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A tree of files as a file system, read-only or with an edit. A read-only one is thread-safe. */
final class TreeFileSystem extends ResolvingFileSystem {
  static final String SCHEME = "diskformat";

  private final FileSystemProvider provider;
  private final BlockDevice device;
  private final Supplier<FileTree> tree;
  private final @Nullable TreeChanges changes;

  /** The URI of the image; empty if it is not known. */
  private final String imageUri;

  private final Runnable atClose;
  private final AtomicBoolean closed = new AtomicBoolean();

  /**
   * Creates a file system.
   *
   * @param device closed together with the file system
   * @param atClose done when that happens
   */
  TreeFileSystem(
      FileSystemProvider provider,
      BlockDevice device,
      FileTree tree,
      String imageUri,
      Runnable atClose) {
    this.provider = provider;
    this.device = device;
    this.tree = () -> tree;
    this.changes = null;
    this.imageUri = imageUri;
    this.atClose = atClose;
  }

  /**
   * Creates a file system of files that are changed.
   *
   * @param device closed together with the file system
   * @param edit closed together with the file system, and before that
   */
  TreeFileSystem(FileSystemProvider provider, BlockDevice device, FileTreeEdit edit) {
    this.provider = provider;
    this.device = device;
    this.tree = edit::tree;
    this.changes = new TreeChanges(this, edit);
    this.imageUri = "";
    this.atClose = edit::close;
  }

  /**
   * Returns what changes the files.
   *
   * @throws ReadOnlyFileSystemException if they are only read
   */
  TreeChanges changes() {
    checkOpen();
    if (changes == null) {
      throw new ReadOnlyFileSystemException();
    }
    return changes;
  }

  /** Returns the root as it is now. */
  FileNode root() throws IOException {
    checkOpen();
    if (changes != null) {
      changes.settle();
    }
    return tree.get().root();
  }

  /** Returns the name of the device in error messages. */
  String deviceName() {
    return device.toString();
  }

  /**
   * Returns the file that a path leads to.
   *
   * @param follow whether its last name is followed, if it is a link
   */
  FileNode node(TreePath path, boolean follow) throws IOException {
    FileNode root = root();
    FileNode known = path.node();
    if (known != null && (!follow || known.kind() != NodeAttributes.Kind.SYMBOLIC_LINK)) {
      return known;
    }
    return PathWalk.along(root, path.named(), follow).node();
  }

  @Override
  List<String> realNames(List<String> names, boolean followLast) throws IOException {
    return PathWalk.along(root(), names, followLast).names();
  }

  @Override
  URI uriOf(String absolutePath) {
    try {
      String path = new URI(null, null, absolutePath, null).getRawPath();
      return new URI(SCHEME + ":" + imageUri + "!" + path.replace("!", "%21"));
    } catch (URISyntaxException e) {
      throw new AssertionError(absolutePath, e);
    }
  }

  void checkOpen() {
    if (closed.get()) {
      throw new ClosedFileSystemException();
    }
  }

  @Override
  public FileSystemProvider provider() {
    return provider;
  }

  @Override
  public boolean isOpen() {
    return !closed.get();
  }

  @Override
  public void close() throws IOException {
    if (closed.compareAndSet(false, true)) {
      try (device) {
        atClose.run();
      }
    }
  }

  @Override
  public boolean isReadOnly() {
    return changes == null;
  }

  @Override
  public String getSeparator() {
    return "/";
  }

  @Override
  public Iterable<Path> getRootDirectories() {
    return List.of(TreePath.of(this, "/"));
  }

  TreeFileStore store() {
    return new TreeFileStore(tree.get(), device.size(), isReadOnly());
  }

  @Override
  public Iterable<FileStore> getFileStores() {
    return List.of(store());
  }

  @Override
  public Set<String> supportedFileAttributeViews() {
    Set<String> views = new TreeSet<>(Set.of("basic"));
    if (tree.get().hasPosixAttributes()) {
      views.addAll(Set.of("posix", "unix"));
    }
    if (tree.get().hasExtendedAttributes()) {
      views.add(TreeUserAttributeView.NAME);
    }
    return Collections.unmodifiableSet(views);
  }

  boolean hasExtendedAttributes() {
    return tree.get().hasExtendedAttributes();
  }

  boolean hasPosixAttributes() {
    return tree.get().hasPosixAttributes();
  }

  @Override
  public TreePath getPath(String first, String... more) {
    StringBuilder path = new StringBuilder(first);
    for (String part : more) {
      if (!part.isEmpty()) {
        path.append(path.isEmpty() ? "" : "/").append(part);
      }
    }
    return TreePath.of(this, path.toString());
  }

  @Override
  public PathMatcher getPathMatcher(String syntaxAndPattern) {
    int colon = syntaxAndPattern.indexOf(':');
    if (colon <= 0) {
      throw new IllegalArgumentException("no syntax named: " + syntaxAndPattern);
    }
    String wanted = syntaxAndPattern.substring(colon + 1);
    String syntax = syntaxAndPattern.substring(0, colon);
    Pattern pattern;
    if (syntax.equalsIgnoreCase("glob")) {
      pattern = Glob.pattern(wanted);
    } else if (syntax.equalsIgnoreCase("regex")) {
      pattern = Pattern.compile(wanted);
    } else {
      throw new UnsupportedOperationException("no syntax \"" + syntax + "\" is known");
    }
    return path -> pattern.matcher(path.toString()).matches();
  }

  /** Users and groups are numbers. */
  @Override
  public UserPrincipalLookupService getUserPrincipalLookupService() {
    return new Numbered.Lookup();
  }

  /** Watching for changes is not supported. */
  @Override
  public WatchService newWatchService() {
    throw new UnsupportedOperationException();
  }
}
