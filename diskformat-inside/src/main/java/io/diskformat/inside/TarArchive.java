package io.diskformat.inside;

import io.diskformat.filesystem.DiskFileSystems;
import io.diskformat.spi.NameBytes;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes files of a guest as a tar archive, with all that is recorded of them: owners, modes, times
 * to the nanosecond, links, devices and extended attributes, as GNU tar and bsdtar read them. Of a
 * file system without owners and modes, all is root's, and may be read by others. Names are the
 * bytes that are stored, in the order of these. And makes files of such an archive.
 */
public final class TarArchive {
  private static final int BUFFER = 1 << 20;

  private static final int DIRECTORY_MODE = 0755;
  private static final int FILE_MODE = 0644;

  /** The deepest level to write. */
  private static final int MOST_LEVELS = 2048;

  private final OutputStream out;
  private final byte[] buffer = new byte[BUFFER];

  /** The first names of files that have several. */
  private final Map<Object, String> firstNames = new HashMap<>();

  private TarArchive(OutputStream out) {
    this.out = out;
  }

  /**
   * Writes an archive.
   *
   * @param directory in a file system of this library; names begin below it
   * @param out stays open
   * @throws IOException if a file cannot be read, or the archive not be written
   */
  public static void write(Path directory, OutputStream out) throws IOException {
    TarArchive archive = new TarArchive(out);
    try {
      archive.all(directory);
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    out.write(new byte[2 * TarHeader.BLOCK]);
  }

  /**
   * Makes the files of an archive, with the owners, modes and times that it says; extended
   * attributes are not made. Files and links that are there give way to new files, as tar does it,
   * and so do their extended attributes and access lists; the label of SELinux is that of files
   * beside them. Directories are filled. Nothing is made outside of the directory through a link
   * that the archive has; links that were there before are followed on the way to a file.
   *
   * @param in an archive of POSIX or GNU tar, not compressed; stays open
   * @param directory that its names begin in; in an {@link Edit}, so that all of it is made or
   *     nothing
   * @throws io.diskformat.UnsupportedFeatureException if it has devices, pipes, sparse files or
   *     second names of files
   * @throws IOException if the archive cannot be read or makes no sense, has a name with two dots
   *     in it or one behind a link that leads out, or a file cannot be made; some are there then
   */
  public static void read(InputStream in, Path directory) throws IOException {
    new TarUnpacking(directory, in).run();
  }

  /** A file that is still to be written. */
  private record Pending(Path path, String name, int level) {}

  private void all(Path top) throws IOException {
    Deque<Pending> pending = new ArrayDeque<>();
    pending.push(new Pending(top, ".", 0));
    while (!pending.isEmpty()) {
      Pending next = pending.pop();
      if (next.level() > MOST_LEVELS) {
        throw new IOException(next.path() + " is more than " + MOST_LEVELS + " levels deep");
      }
      if (write(next.path(), next.name())) {
        children(next.path())
            .reversed()
            .forEach(child ->
                pending.push(
                    new Pending(child, next.name() + "/" + child.getFileName(), next.level() + 1)));
      }
    }
  }

  private static List<Path> children(Path directory) throws IOException {
    List<Path> children = new ArrayList<>();
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory)) {
      stream.forEach(children::add);
    }
    children.sort(null);
    return children;
  }

  /** Writes a file, and returns whether it is a directory. */
  private boolean write(Path path, String name) throws IOException {
    boolean recorded = path.getFileSystem().supportedFileAttributeViews().contains("unix");
    Map<String, Object> attributes =
        Files.readAttributes(path, recorded ? "unix:*" : "*", LinkOption.NOFOLLOW_LINKS);
    boolean directory = isTrue(attributes, "isDirectory");
    boolean regular = isTrue(attributes, "isRegularFile");
    TarHeader header = new TarHeader();
    header.name(NameBytes.encode(directory ? name + "/" : name));
    int usual = directory ? DIRECTORY_MODE : FILE_MODE;
    int mode = recorded ? (int) number(attributes, "mode") : usual;
    header.mode(mode & 07777);
    header.owner(number(attributes, "uid"), number(attributes, "gid"));
    if (attributes.get("lastModifiedTime") instanceof FileTime modified) {
      header.modified(modified.toInstant());
    }
    Object key = attributes.get("fileKey");
    String first = directory || key == null ? null : firstNames.get(key);
    if (first != null) {
      header.hardLink(NameBytes.encode(first));
      out.write(header.bytes());
      return false;
    }
    if (!directory && key != null && number(attributes, "nlink") > 1) {
      firstNames.put(key, name);
    }
    if (directory) {
      header.type('5');
    } else if (isTrue(attributes, "isSymbolicLink")) {
      header.symbolicLink(NameBytes.encode(Files.readSymbolicLink(path).toString()));
    } else if (!regular && !header.special(mode, number(attributes, "rdev"))) {
      return false;
    }
    DiskFileSystems.extendedAttributes(path, LinkOption.NOFOLLOW_LINKS)
        .forEach((attribute, value) -> header.extended("SCHILY.xattr." + attribute, value));
    long size = regular ? number(attributes, "size") : 0;
    header.size(size);
    out.write(header.bytes());
    if (regular) {
      copy(path, size);
    }
    return directory;
  }

  private static boolean isTrue(Map<String, Object> attributes, String name) {
    return Boolean.TRUE.equals(attributes.get(name));
  }

  /** Returns a number, or 0 if the file system does not record it. */
  private static long number(Map<String, Object> attributes, String name) {
    return attributes.get(name) instanceof Number number ? number.longValue() : 0;
  }

  private void copy(Path path, long size) throws IOException {
    try (InputStream in = Files.newInputStream(path)) {
      for (int n; (n = in.read(buffer)) > 0; ) {
        out.write(buffer, 0, n);
      }
    }
    out.write(new byte[(int) (-size & (TarHeader.BLOCK - 1))]);
  }
}
