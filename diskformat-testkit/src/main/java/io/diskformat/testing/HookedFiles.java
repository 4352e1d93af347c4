package io.diskformat.testing;

import java.io.IOException;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.AccessMode;
import java.nio.file.CopyOption;
import java.nio.file.DirectoryStream;
import java.nio.file.FileStore;
import java.nio.file.FileSystem;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileAttributeView;
import java.nio.file.spi.FileSystemProvider;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The host's files, with a hook before and after each operation on them: so a test can record the
 * operations, make each one fail in turn, or interrupt the thread that does them. {@link #path}
 * returns the path of such a file.
 */
public final class HookedFiles extends FileSystemProvider {

  /** What a test does at an operation. */
  @FunctionalInterface
  public interface Hook {
    /**
     * Is called before an operation, and again after it.
     *
     * @param operation the name of the operation, and that of the file
     * @throws IOException which the operation then throws
     */
    void at(String operation, boolean done) throws IOException;
  }

  /** An operation that returns something. */
  @FunctionalInterface
  interface Operation<T> {
    T run() throws IOException;
  }

  /** An operation that returns nothing. */
  @FunctionalInterface
  interface Deed {
    void run() throws IOException;
  }

  private final FileSystem system = new HookedFileSystem(this);
  private volatile Hook hook = (operation, done) -> {};

  /** Returns a file of the host as one that is hooked. */
  public Path path(Path path) {
    return new HookedPath(system, path);
  }

  /** Sets the hook, which is called at each operation from now on. */
  public void hook(Hook next) {
    hook = next;
  }

  <T> T run(String operation, Path path, Operation<T> body) throws IOException {
    Hook present = hook;
    String name = operation + " " + path.getFileName();
    present.at(name, false);
    T result = body.run();
    present.at(name, true);
    return result;
  }

  private void does(String operation, Path path, Deed body) throws IOException {
    boolean ignored =
        run(
            operation,
            path,
            () -> {
              body.run();
              return true;
            });
  }

  private static Path real(Path path) {
    return HookedPath.real(path);
  }

  private static FileSystemProvider provider(Path path) {
    return real(path).getFileSystem().provider();
  }

  @Override
  public String getScheme() {
    return "hooked";
  }

  @Override
  public FileSystem newFileSystem(URI uri, Map<String, ?> environment) {
    throw new UnsupportedOperationException();
  }

  @Override
  public FileSystem getFileSystem(URI uri) {
    return system;
  }

  @Override
  public Path getPath(URI uri) {
    throw new UnsupportedOperationException();
  }

  // What is hooked

  @Override
  public FileChannel newFileChannel(
      Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
      throws IOException {
    return run(
        "open",
        path,
        () ->
            new HookedChannel(
                this, path, provider(path).newFileChannel(real(path), options, attributes)));
  }

  @Override
  public SeekableByteChannel newByteChannel(
      Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
      throws IOException {
    return run("make", path, () -> provider(path).newByteChannel(real(path), options, attributes));
  }

  @Override
  public DirectoryStream<Path> newDirectoryStream(
      Path path, DirectoryStream.Filter<? super Path> filter) throws IOException {
    List<Path> found = new ArrayList<>();
    does(
        "list",
        path,
        () -> {
          try (DirectoryStream<Path> files =
              provider(path).newDirectoryStream(real(path), file -> filter.accept(path(file)))) {
            files.forEach(file -> found.add(path(file)));
          }
        });
    return new DirectoryStream<>() {
      @Override
      public java.util.Iterator<Path> iterator() {
        return found.iterator();
      }

      @Override
      public void close() {}
    };
  }

  @Override
  public void delete(Path path) throws IOException {
    does("delete", path, () -> provider(path).delete(real(path)));
  }

  @Override
  public void createLink(Path link, Path existing) throws IOException {
    does("link", link, () -> provider(link).createLink(real(link), real(existing)));
  }

  @Override
  public void move(Path source, Path target, CopyOption... options) throws IOException {
    does("move", target, () -> provider(source).move(real(source), real(target), options));
  }

  @Override
  public void checkAccess(Path path, AccessMode... modes) throws IOException {
    does("access" + List.of(modes), path, () -> provider(path).checkAccess(real(path), modes));
  }

  @Override
  public <A extends BasicFileAttributes> A readAttributes(
      Path path, Class<A> type, LinkOption... options) throws IOException {
    return run("look at", path, () -> provider(path).readAttributes(real(path), type, options));
  }

  @Override
  public Map<String, Object> readAttributes(Path path, String names, LinkOption... options)
      throws IOException {
    return run("look at", path, () -> provider(path).readAttributes(real(path), names, options));
  }

  // What is not

  @Override
  public <V extends FileAttributeView> @Nullable V getFileAttributeView(
      Path path, Class<V> type, LinkOption... options) {
    return provider(path).getFileAttributeView(real(path), type, options);
  }

  @Override
  public void setAttribute(Path path, String name, Object value, LinkOption... options)
      throws IOException {
    provider(path).setAttribute(real(path), name, value, options);
  }

  @Override
  public void createDirectory(Path path, FileAttribute<?>... attributes) throws IOException {
    provider(path).createDirectory(real(path), attributes);
  }

  @Override
  public void copy(Path source, Path target, CopyOption... options) throws IOException {
    provider(source).copy(real(source), real(target), options);
  }

  @Override
  public Path readSymbolicLink(Path link) throws IOException {
    return path(provider(link).readSymbolicLink(real(link)));
  }

  @Override
  public boolean isSameFile(Path path, Path other) throws IOException {
    return provider(path).isSameFile(real(path), real(other));
  }

  @Override
  public boolean isHidden(Path path) throws IOException {
    return provider(path).isHidden(real(path));
  }

  @Override
  public FileStore getFileStore(Path path) throws IOException {
    return provider(path).getFileStore(real(path));
  }
}
