package io.diskformat.filesystem;

import io.diskformat.BlockDevice;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.ClosedFileSystemException;
import java.nio.file.FileStore;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.WatchService;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.nio.file.spi.FileSystemProvider;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Pattern;

/** A tree of files as a file system that is only read. Thread-safe. */
final class TreeFileSystem extends ResolvingFileSystem {
  static final String SCHEME = "diskformat";

  private final FileSystemProvider provider;
  private final BlockDevice device;
  private final FileTree tree;

  /** Of the image; empty if nobody knows where that is. */
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
    this.tree = tree;
    this.imageUri = imageUri;
    this.atClose = atClose;
  }

  /** Returns what errors call the device. */
  String deviceName() {
    return device.toString();
  }

  /**
   * Returns the file that a path leads to.
   *
   * @param follow whether its last name is followed, if it is a link
   */
  FileNode node(TreePath path, boolean follow) throws IOException {
    checkOpen();
    FileNode known = path.node();
    if (known != null && (!follow || known.kind() != NodeAttributes.Kind.SYMBOLIC_LINK)) {
      return known;
    }
    return PathWalk.along(tree.root(), path.named(), follow).node();
  }

  @Override
  List<String> realNames(List<String> names, boolean followLast) throws IOException {
    checkOpen();
    return PathWalk.along(tree.root(), names, followLast).names();
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

  private void checkOpen() {
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
    return true;
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
    return new TreeFileStore(tree, device.size());
  }

  @Override
  public Iterable<FileStore> getFileStores() {
    return List.of(store());
  }

  @Override
  public Set<String> supportedFileAttributeViews() {
    Set<String> views = new TreeSet<>(Set.of("basic"));
    if (tree.hasPosixAttributes()) {
      views.addAll(Set.of("posix", "unix"));
    }
    if (tree.hasExtendedAttributes()) {
      views.add(TreeUserAttributeView.NAME);
    }
    return Collections.unmodifiableSet(views);
  }

  boolean hasExtendedAttributes() {
    return tree.hasExtendedAttributes();
  }

  boolean hasPosixAttributes() {
    return tree.hasPosixAttributes();
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
    throw new UnsupportedOperationException();
  }

  /** Nothing in a tree ever changes. */
  @Override
  public WatchService newWatchService() {
    throw new UnsupportedOperationException();
  }
}
