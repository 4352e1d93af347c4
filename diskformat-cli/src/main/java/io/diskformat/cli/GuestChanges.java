package io.diskformat.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFileAttributeView;
import java.time.Instant;
import java.util.Set;

/** The changes of a guest's files that commands of guestfish make. */
final class GuestChanges {
  private static final int MOST_LEVELS = 1000;

  /** The most bytes of a file that is edited as a whole. */
  private static final long MOST_EDITED = 64L << 20;

  private final FileSystem files;

  GuestChanges(FileSystem files) {
    this.files = files;
  }

  /** Returns a path of the guest, which begins at its root in any case. */
  Path path(String name) {
    return files.getPath("/").resolve(name);
  }

  /**
   * Replaces the content of a file, or makes it. What else is recorded of it is kept. A link is
   * followed, within the guest.
   */
  void write(String name, byte[] content) throws IOException {
    Path _ = Files.write(path(name), content);
  }

  /** Adds to the end of a file, or makes it. */
  void append(String name, byte[] content) throws IOException {
    Path _ = Files.write(path(name), content, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  /**
   * Returns the content of a file that is to be edited.
   *
   * @throws FileSystemException if it is too large for that
   */
  byte[] read(String name) throws IOException {
    long size = Files.size(path(name));
    if (size > MOST_EDITED) {
      throw new FileSystemException(
          name, null, "has " + size + " bytes, and at most " + MOST_EDITED + " are edited");
    }
    return Files.readAllBytes(path(name));
  }

  /** Adds a line to a file, and ends what was its last line, if that had no end. */
  void appendLine(String name, String line) throws IOException {
    ByteBuffer last = ByteBuffer.allocate(1);
    try (var channel = Files.newByteChannel(path(name))) {
      int _ = channel.position(Math.max(0, channel.size() - 1)).read(last);
    }
    boolean ends = last.position() == 0 || last.get(0) == '\n';
    append(name, ((ends ? "" : "\n") + line + "\n").getBytes(StandardCharsets.UTF_8));
  }

  /** Replaces the content of a file by that of a stream. A link is followed, within the guest. */
  void upload(InputStream in, String name) throws IOException {
    try (OutputStream out = Files.newOutputStream(path(name))) {
      long _ = in.transferTo(out);
    }
  }

  /**
   * Returns a path of the guest that is a directory.
   *
   * @throws FileSystemException if it is none
   */
  Path directory(String name) throws FileSystemException {
    Path directory = path(name);
    if (!Files.isDirectory(directory)) {
      throw new FileSystemException(directory.toString(), null, "is no directory");
    }
    return directory;
  }

  /**
   * Copies a file of the host, or a directory with all that is in it, into a directory, as if tar
   * unpacked it there: directories are filled, and anything else that has a name, a link too, gives
   * way to a new file. Only a link in the path of that directory is followed.
   */
  void copyIn(Path source, String directory) throws IOException {
    Path target = directory(directory);
    Path name = source.toAbsolutePath().normalize().getFileName();
    copyIn(source, name == null ? target : target.resolve(name.toString()), 0);
  }

  private static void copyIn(Path source, Path target, int level) throws IOException {
    if (level > MOST_LEVELS) {
      throw new IOException(source + ": is more than " + MOST_LEVELS + " directories deep");
    }
    if (Files.isSymbolicLink(source)) {
      boolean _ = Files.deleteIfExists(target);
      Path link = target.getFileSystem().getPath(HostFiles.linkTarget(source));
      Path _ = Files.createSymbolicLink(target, link);
    } else if (Files.isDirectory(source)) {
      if (!Files.isDirectory(target, LinkOption.NOFOLLOW_LINKS)) {
        boolean _ = Files.deleteIfExists(target);
        Path _ = Files.createDirectory(target);
      }
      HostFiles.forEach(source, child -> copyIn(child, target.resolve(name(child)), level + 1));
    } else {
      try (InputStream in = HostFiles.read(source)) {
        boolean _ = Files.deleteIfExists(target);
        try (OutputStream out = Files.newOutputStream(target)) {
          long _ = in.transferTo(out);
        }
      }
    }
    copyAttributes(source, target);
  }

  private static String name(Path path) {
    return String.valueOf(path.getFileName());
  }

  /**
   * Permissions and times are the host's; owner and group are root, as the host's numbers mean
   * others in the guest.
   */
  private static void copyAttributes(Path source, Path target) throws IOException {
    boolean link = Files.isSymbolicLink(source);
    boolean both =
        source.getFileSystem().supportedFileAttributeViews().contains("posix")
            && target.getFileSystem().supportedFileAttributeViews().contains("posix");
    if (both && !link) {
      Path _ = Files.setPosixFilePermissions(target, HostFiles.permissions(source));
    }
    if (!link) {
      Path _ = Files.setLastModifiedTime(target, HostFiles.modified(source));
    }
  }

  /**
   * Removes a file or an empty directory.
   *
   * @param force whether it need not be there
   */
  void remove(String name, boolean force) throws IOException {
    if (!force) {
      Files.delete(path(name));
    } else if (Files.exists(path(name), LinkOption.NOFOLLOW_LINKS)) {
      Files.delete(path(name));
    }
  }

  /** Removes a file that is no directory. */
  void removeFile(String name, boolean force) throws IOException {
    if (Files.isDirectory(path(name), LinkOption.NOFOLLOW_LINKS)) {
      throw new FileSystemException(name, null, "is a directory; rm -r removes those");
    }
    remove(name, force);
  }

  /** Removes a directory, which must be empty. */
  void removeDirectory(String name) throws IOException {
    if (Files.exists(path(name), LinkOption.NOFOLLOW_LINKS)
        && !Files.isDirectory(path(name), LinkOption.NOFOLLOW_LINKS)) {
      throw new FileSystemException(name, null, "is no directory");
    }
    remove(name, false);
  }

  /** Removes a file, or a directory and all that is in it; links are not followed. */
  void removeAll(String name, boolean force) throws IOException {
    Path path = path(name);
    if (!force || Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      removeAll(path, 0);
    }
  }

  private static void removeAll(Path path, int level) throws IOException {
    if (level > MOST_LEVELS) {
      throw new DirectoryNotEmptyException(path.toString());
    }
    if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
      try (DirectoryStream<Path> children = Files.newDirectoryStream(path)) {
        for (Path child : children) {
          removeAll(child, level + 1);
        }
      }
    }
    Files.delete(path);
  }

  void makeDirectory(String name) throws IOException {
    Path _ = Files.createDirectory(path(name));
  }

  /** Makes a directory and those above it, as far as they are not there. */
  void makeDirectories(String name) throws IOException {
    Path made = path("/");
    for (Path part : path(name)) {
      made = made.resolve(part);
      if (!Files.isDirectory(made)) {
        Path _ = Files.createDirectory(made);
      }
    }
  }

  void setMode(String name, int mode) throws IOException {
    requirePosix(name);
    Path _ = Files.setAttribute(path(name), "unix:mode", mode);
  }

  /** Sets the numbers of owner and group; of a link itself unless it is followed. */
  void setOwner(String name, long owner, long group, LinkOption... options) throws IOException {
    requirePosix(name);
    Path _ = Files.setAttribute(path(name), "unix:uid", owner, options);
    Path _ = Files.setAttribute(path(name), "unix:gid", group, options);
  }

  private void requirePosix(String name) throws FileSystemException {
    if (Files.getFileAttributeView(path(name), PosixFileAttributeView.class) == null) {
      throw new FileSystemException(name, null, "is on a file system without owners and modes");
    }
  }

  /** Makes an empty file, or sets when a file was modified to now. */
  void touch(String name) throws IOException {
    Path path = path(name);
    if (Files.exists(path)) {
      FileTime now = FileTime.from(Instant.now());
      Path _ = Files.setLastModifiedTime(path, now);
      Path _ = Files.setAttribute(path, "lastAccessTime", now);
    } else {
      Path _ = Files.write(path, new byte[0], StandardOpenOption.CREATE_NEW);
    }
  }

  /** Makes a file, which must be there, as long as is said. */
  void truncate(String name, long size) throws IOException {
    try (var channel = Files.newByteChannel(path(name), Set.of(StandardOpenOption.WRITE))) {
      long before = channel.size();
      if (size < before) {
        var _ = channel.truncate(size);
      } else if (size > before) {
        // The last byte brings all before it.
        var _ = channel.position(size - 1).write(ByteBuffer.allocate(1));
      }
    }
  }

  /** Makes a link to a path that need not be there. */
  void link(String target, String name, boolean replace) throws IOException {
    if (replace && Files.exists(path(name), LinkOption.NOFOLLOW_LINKS)) {
      removeFile(name, false);
    }
    Path _ = Files.createSymbolicLink(path(name), files.getPath(target));
  }

  /** Gives a file another name, or puts it into a directory, as mv does. */
  void move(String from, String to) throws IOException {
    Path source = path(from);
    Path target = into(source, path(to));
    if (Files.isDirectory(target, LinkOption.NOFOLLOW_LINKS)
        && !Files.isDirectory(source, LinkOption.NOFOLLOW_LINKS)) {
      throw new FileAlreadyExistsException(target.toString());
    }
    Path _ = Files.move(source, target, StandardCopyOption.REPLACE_EXISTING);
  }

  /** Copies a file within the guest, as cp does; with its times and owner if that is wanted. */
  void copy(String from, String to, boolean all) throws IOException {
    Path source = path(from);
    if (Files.isDirectory(source)) {
      throw new FileSystemException(from, null, "is a directory, and only files are copied");
    }
    StandardCopyOption[] options =
        all
            ? new StandardCopyOption[] {
              StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.COPY_ATTRIBUTES
            }
            : new StandardCopyOption[] {StandardCopyOption.REPLACE_EXISTING};
    Path _ = Files.copy(source, into(source, path(to)), options);
  }

  /**
   * Copies a file within the guest, or a directory with all that is in it; links are not followed.
   *
   * @param all whether owners, modes and times are copied, too
   */
  void copyAll(String from, String to, boolean all) throws IOException {
    Path source = path(from);
    Path target = into(source, path(to));
    if (Files.isDirectory(source, LinkOption.NOFOLLOW_LINKS)) {
      Path parent = target.getParent();
      if (parent != null && parent.toRealPath().startsWith(source.toRealPath())) {
        throw new FileSystemException(from, to, "would be copied into itself");
      }
    }
    new GuestCopy(all).copy(source, target);
  }

  private static Path into(Path source, Path target) {
    Path name = source.getFileName();
    return name != null && Files.isDirectory(target) ? target.resolve(name) : target;
  }
}
