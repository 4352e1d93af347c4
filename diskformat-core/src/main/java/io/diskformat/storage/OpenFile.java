package io.diskformat.storage;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import org.jspecify.annotations.Nullable;

/**
 * An open file: its locks, its descriptor for native calls and its channel.
 *
 * <p>The native descriptor, where there is one, is opened first, and the channel from it, so that
 * both are the same file whatever happens to its name.
 */
final class OpenFile implements Closeable {
  private final Path path;
  private final String name;
  private final FileKind kind;
  private final OpenImages.@Nullable Use use;
  private final @Nullable NativeFile nativeFile;
  private final ReopeningChannel channel;

  private OpenFile(
      Path path,
      String name,
      FileKind kind,
      OpenImages.@Nullable Use use,
      @Nullable NativeFile nativeFile,
      ReopeningChannel channel) {
    this.path = path;
    this.name = name;
    this.kind = kind;
    this.use = use;
    this.nativeFile = nativeFile;
    this.channel = channel;
  }

  /**
   * Opens a file.
   *
   * @param name the name of the file in error messages
   * @param locked whether it is locked against conflicting use
   * @param io null for no native calls
   * @throws io.diskformat.ImageLockedException if it is in use in a way that conflicts
   * @throws IOException if there is no such file, it is of a kind that holds no image, or cannot be
   *     opened
   */
  static OpenFile open(
      Path path, String name, boolean writable, boolean locked, @Nullable NativeIo io)
      throws IOException {
    @Nullable Object identity;
    FileKind kind;
    try {
      // Unlike Files.exists and Files.isRegularFile, this reports why not.
      BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
      kind = FileKind.of(path, attributes);
      identity = FileIdentity.of(path, kind, attributes);
    } catch (IOException e) {
      throw FileErrors.opening(name, writable, e);
    }
    if (!kind.holdsImages()) {
      throw FileErrors.opening(name, writable, kind);
    }
    OpenImages.Use use = locked ? OpenImages.begin(identity, name, writable) : null;
    NativeFile nativeFile = null;
    try {
      // The system calls do not know paths of other file systems, such as an archive.
      if (io != null && path.getFileSystem().equals(FileSystems.getDefault())) {
        nativeFile = NativeFile.open(io, path, name, writable);
        if (locked) {
          nativeFile.lock(writable);
        }
      }
      Path samePath = nativeFile == null ? path : nativeFile.pathOr(path);
      boolean portableLock = nativeFile == null && writable;
      ReopeningChannel channel = new ReopeningChannel(name, samePath, writable, portableLock);
      return new OpenFile(path, name, kind, use, nativeFile, channel);
    } catch (IOException | RuntimeException e) {
      close(nativeFile, use);
      throw e;
    }
  }

  Path path() {
    return path;
  }

  /** Returns the name used in error messages. */
  String name() {
    return name;
  }

  boolean isBlockDevice() {
    return kind == FileKind.BLOCK_DEVICE;
  }

  /** Returns the descriptor for native calls; null if there are none. */
  @Nullable NativeFile nativeFile() {
    return nativeFile;
  }

  ReopeningChannel channel() {
    return channel;
  }

  @Override
  public void close() throws IOException {
    try {
      channel.close();
    } finally {
      close(nativeFile, use);
    }
  }

  /**
   * Releases the locks of the host before the entry in {@link OpenImages}, so that a file that is
   * free there can be locked.
   */
  private static void close(@Nullable NativeFile nativeFile, OpenImages.@Nullable Use use)
      throws IOException {
    try {
      if (nativeFile != null) {
        nativeFile.close();
      }
    } finally {
      if (use != null) {
        use.close();
      }
    }
  }
}
