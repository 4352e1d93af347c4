package io.diskformat.inside;

import io.diskformat.UnsupportedFeatureException;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;

/** Makes the files of a tar archive. */
final class TarUnpacking {
  private static final int BUFFER = 1 << 16;

  /** As deep as files are made. */
  private static final int MOST_LEVELS = 1000;

  private final Path top;
  private final InputStream in;
  private final byte[] buffer = new byte[BUFFER];

  /** Directories get their times when nothing comes into them any more. */
  private final Deque<Dated> directories = new ArrayDeque<>();

  /** Links that the archive has: nothing outside of the directory is made through them. */
  private final Set<Path> links = new HashSet<>();

  private record Dated(Path directory, FileTime modified) {}

  TarUnpacking(Path top, InputStream in) throws IOException {
    this.top = Files.isDirectory(top) ? top.toRealPath() : top;
    this.in = in;
  }

  void run() throws IOException {
    try {
      for (TarEntry entry = TarEntry.next(in); entry != null; entry = TarEntry.next(in)) {
        unpack(entry);
      }
    } catch (IllegalArgumentException e) {
      throw new IOException("the archive " + e.getMessage(), e);
    } catch (EOFException e) {
      throw new EOFException("the archive ends before it should");
    }
    for (Dated dated : directories) {
      if (Files.isDirectory(dated.directory(), LinkOption.NOFOLLOW_LINKS)) {
        setModified(dated.directory(), dated.modified());
      }
    }
  }

  private void unpack(TarEntry entry) throws IOException {
    Path path = place(entry.name());
    if (path.equals(top) && !entry.isDirectory()) {
      throw new FileSystemException(
          entry.name(), null, "is a name in the archive of a directory that is none there");
    }
    requireWithin(path);
    if (entry.isDirectory()) {
      makeDirectory(path);
      directories.push(new Dated(path, entry.modified()));
      TarEntry.skip(in, TarEntry.padded(entry.size()));
    } else if (entry.isRegular()) {
      prepare(path);
      copy(path, entry.size());
    } else if (entry.type() == '2') {
      prepare(path);
      Path target = path.getFileSystem().getPath(entry.target());
      Path _ = Files.createSymbolicLink(path, target);
      boolean _ = links.add(real(path));
      TarEntry.skip(in, TarEntry.padded(entry.size()));
    } else {
      throw new UnsupportedFeatureException(
          path.toString(), "an archive with " + kind(entry.type()) + ", which are not made");
    }
    setAttributes(path, entry);
  }

  private static String kind(char type) {
    return switch (type) {
      case '1' -> "second names of files";
      case '3', '4' -> "devices";
      case '6' -> "pipes";
      case 'S' -> "sparse files as GNU tar has them";
      default -> "files of the type " + (int) type;
    };
  }

  /** Returns where a file belongs; a name that leads elsewhere is refused. */
  private Path place(String name) throws IOException {
    Path path = top;
    int levels = 0;
    for (String part : name.split("/", -1)) {
      if (++levels > MOST_LEVELS) {
        throw new IOException("the archive is more than " + MOST_LEVELS + " directories deep");
      }
      if (part.equals("..") || part.indexOf('\0') >= 0) {
        throw new FileSystemException(name, null, "is a name in the archive that leads out of it");
      }
      path = part.isEmpty() || part.equals(".") ? path : path.resolve(part);
    }
    return path;
  }

  /** Refuses what a link of the archive leads elsewhere; links that were there may. */
  private void requireWithin(Path path) throws IOException {
    for (Path above = path.getParent();
        above != null && !links.isEmpty() && above.getNameCount() > top.getNameCount();
        above = above.getParent()) {
      if (Files.isDirectory(above)
          && links.contains(real(above))
          && !above.toRealPath().startsWith(top)) {
        throw new FileSystemException(
            path.toString(), null, "is behind a link in the archive that leads out of it");
      }
    }
  }

  /** Returns the path of a file, which may be a link, without links above it. */
  private static Path real(Path path) throws IOException {
    Path parent = path.getParent();
    Path name = path.getFileName();
    return parent == null || name == null ? path : parent.toRealPath().resolve(name);
  }

  /** Takes away what is no directory, as tar does. */
  private static void makeDirectory(Path path) throws IOException {
    if (!Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
      prepare(path);
      Path _ = Files.createDirectory(path);
    }
  }

  /**
   * Makes the directories that a file is in, and takes away what has its name: the new one has
   * nothing of it, not its attributes, nor its other names.
   */
  private static void prepare(Path path) throws IOException {
    Path parent = path.getParent();
    if (parent != null && !Files.isDirectory(parent)) {
      if (Files.isRegularFile(parent, LinkOption.NOFOLLOW_LINKS)) {
        // The archive does not say that this is a directory.
        throw new FileSystemException(parent.toString(), null, "is no directory");
      }
      prepare(parent);
      Path _ = Files.createDirectory(parent);
    }
    boolean _ = Files.deleteIfExists(path);
  }

  private void copy(Path path, long size) throws IOException {
    try (OutputStream out = Files.newOutputStream(path, StandardOpenOption.CREATE_NEW)) {
      for (long left = size; left > 0; ) {
        int n = in.read(buffer, 0, (int) Math.min(buffer.length, left));
        if (n < 0) {
          throw new EOFException();
        }
        out.write(buffer, 0, n);
        left -= n;
      }
    }
    TarEntry.skip(in, TarEntry.padded(size) - size);
  }

  private static void setAttributes(Path path, TarEntry entry) throws IOException {
    if (path.getFileSystem().supportedFileAttributeViews().contains("unix")) {
      LinkOption[] options = {LinkOption.NOFOLLOW_LINKS};
      try {
        Path _ = Files.setAttribute(path, "unix:uid", entry.owner(), options);
        Path _ = Files.setAttribute(path, "unix:gid", entry.group(), options);
        if (entry.type() != '2') {
          Path _ = Files.setAttribute(path, "unix:mode", entry.mode(), options);
        }
      } catch (UnsupportedFeatureException | UnsupportedOperationException e) {
        // Of several volumes, that one has no owners and modes.
      }
    }
    if (entry.type() != '2') {
      setModified(path, entry.modified());
    }
  }

  private static void setModified(Path path, FileTime modified) throws IOException {
    try {
      Path _ = Files.setLastModifiedTime(path, modified);
    } catch (UnsupportedFeatureException e) {
      // The root of FAT has no times.
    }
  }
}
