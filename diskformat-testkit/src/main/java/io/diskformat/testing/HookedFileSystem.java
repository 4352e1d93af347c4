package io.diskformat.testing;

import java.nio.file.FileStore;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.WatchService;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.nio.file.spi.FileSystemProvider;
import java.util.List;
import java.util.Set;

/** The host's file system under another provider. */
final class HookedFileSystem extends FileSystem {
  private final HookedFiles files;
  private final FileSystem host = FileSystems.getDefault();

  HookedFileSystem(HookedFiles files) {
    this.files = files;
  }

  @Override
  public FileSystemProvider provider() {
    return files;
  }

  @Override
  public void close() {}

  @Override
  public boolean isOpen() {
    return true;
  }

  @Override
  public boolean isReadOnly() {
    return false;
  }

  @Override
  public String getSeparator() {
    return host.getSeparator();
  }

  @Override
  public Iterable<Path> getRootDirectories() {
    return List.of(files.path(host.getRootDirectories().iterator().next()));
  }

  @Override
  public Iterable<FileStore> getFileStores() {
    return host.getFileStores();
  }

  @Override
  public Set<String> supportedFileAttributeViews() {
    return host.supportedFileAttributeViews();
  }

  @Override
  public Path getPath(String first, String... more) {
    return files.path(host.getPath(first, more));
  }

  @Override
  public PathMatcher getPathMatcher(String syntaxAndPattern) {
    PathMatcher matcher = host.getPathMatcher(syntaxAndPattern);
    return path -> matcher.matches(HookedPath.real(path));
  }

  @Override
  public UserPrincipalLookupService getUserPrincipalLookupService() {
    return host.getUserPrincipalLookupService();
  }

  @Override
  public WatchService newWatchService() {
    throw new UnsupportedOperationException();
  }
}
