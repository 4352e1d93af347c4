package io.diskformat.filesystem;

import io.diskformat.filesystem.NodeAttributes.Posix;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Files below a directory of the host. None is ever read, created or changed through a symbolic
 * link: each is a name in a directory that is known to be no link.
 */
final class HostTree {
  private static final int SET_IDS_AND_STICKY = 07000;

  /** Names that are reserved or impossible on Windows. */
  private static final Pattern NOT_ON_WINDOWS =
      Pattern.compile(
          ".*[\\x00-\\x1f<>:\"/\\\\|?*].*|.*[. ]|(?i)(con|prn|aux|nul|com\\d|lpt\\d)(\\..*)?",
          Pattern.DOTALL);

  private static final FileAttribute<?>[] NONE = {};
  private static final Set<StandardOpenOption> NEW_FILE =
      Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
  private static final int PERMISSIONS = 0777;

  private final Path root;
  private final boolean overwrite;
  private final boolean setIds;
  private final boolean anyLinks;
  private final boolean posix;

  /** What files are created with, by their permissions: a few kinds of many files. */
  private final Map<Integer, FileAttribute<?>[]> byPermissions = new ConcurrentHashMap<>();

  /** Directories that were there before, and keep their attributes. */
  private final Set<Path> found = new HashSet<>();

  /**
   * Creates a tree.
   *
   * @param root a directory, and no link
   */
  HostTree(Path root, boolean overwrite, boolean setIds, boolean anyLinks) {
    this.root = root;
    this.overwrite = overwrite;
    this.setIds = setIds;
    this.anyLinks = anyLinks;
    this.posix = root.getFileSystem().supportedFileAttributeViews().contains("unix");
    found.add(root);
  }

  Path root() {
    return root;
  }

  /** Returns whether files that are there are replaced. */
  boolean replaces() {
    return overwrite;
  }

  /** Returns a file of a directory, or null if the host has none of such a name. */
  @Nullable Path child(Path directory, String name) {
    boolean slashes = root.getFileSystem().getSeparator().equals("/");
    if (!slashes && NOT_ON_WINDOWS.matcher(name).matches()) {
      return null;
    }
    boolean within =
        !name.isEmpty() && !name.equals("..") && !name.equals(".") && name.indexOf('/') < 0;
    try {
      Path child = within ? directory.resolve(name) : null;
      return child == null || slashes || isChild(directory, child) ? child : null;
    } catch (InvalidPathException e) {
      return null;
    }
  }

  private static boolean isChild(Path directory, Path child) {
    return directory.equals(child.getParent())
        && child.getNameCount() == directory.getNameCount() + 1;
  }

  static boolean isDirectory(Path path) {
    return Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS);
  }

  /** Makes a directory that can be filled, and returns whether there is one now. */
  boolean makeDirectory(Path path, Optional<Posix> recorded) throws IOException {
    Set<PosixFilePermission> permissions = TreeAttributes.permissions(recorded);
    permissions.add(PosixFilePermission.OWNER_READ);
    permissions.add(PosixFilePermission.OWNER_WRITE);
    permissions.add(PosixFilePermission.OWNER_EXECUTE);
    try {
      Files.createDirectory(path, attributes(recorded, permissions));
      return true;
    } catch (FileAlreadyExistsException e) {
      found.add(path);
      return isDirectory(path);
    }
  }

  private FileAttribute<?>[] attributes(
      Optional<Posix> recorded, Set<PosixFilePermission> permissions) {
    return posix && recorded.isPresent()
        ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(permissions)}
        : NONE;
  }

  /**
   * Makes a file that was not there.
   *
   * @throws FileAlreadyExistsException if it is there, and must not be replaced
   */
  FileChannel makeFile(Path path, Optional<Posix> recorded) throws IOException {
    makeRoom(path);
    return FileChannel.open(path, NEW_FILE, attributes(recorded));
  }

  private FileAttribute<?>[] attributes(Optional<Posix> recorded) {
    return posix && recorded.isPresent()
        ? byPermissions.computeIfAbsent(
            recorded.get().mode() & PERMISSIONS,
            _ -> attributes(recorded, TreeAttributes.permissions(recorded)))
        : NONE;
  }

  /** Makes a symbolic link; see {@link #makeFile}. */
  void makeLink(Path path, String target) throws IOException {
    makeRoom(path);
    Files.createSymbolicLink(path, root.getFileSystem().getPath(target));
  }

  private void makeRoom(Path path) throws IOException {
    if (overwrite
        && Files.exists(path, LinkOption.NOFOLLOW_LINKS)
        && !Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
      Files.delete(path);
    }
  }

  /**
   * Returns whether a link stays inside. It may go up from its own directory, to which no link led,
   * by no more levels than there are; but not after a name, which may be another link's.
   */
  boolean mayLink(Path link, String target) {
    if (anyLinks) {
      return true;
    }
    Path to = root.getFileSystem().getPath(target);
    int levels = link.getNameCount() - 1 - root.getNameCount();
    boolean named = false;
    for (Path part : to) {
      if (part.toString().equals("..")) {
        levels--;
        if (named || levels < 0) {
          return false;
        }
      } else {
        named |= !part.toString().equals(".");
      }
    }
    return !to.isAbsolute() && !target.startsWith("/");
  }

  /**
   * Gives a new file the attributes that are recorded for it, apart from those that it got when it
   * was created.
   */
  void finishFile(Path path, NodeAttributes recorded) throws IOException {
    setTime(path, recorded);
    int special = recorded.posix().map(Posix::mode).orElse(0) & SET_IDS_AND_STICKY;
    if (setIds && posix && special != 0) {
      addBits(path, special);
    }
  }

  /** Gives a directory the attributes that are recorded for it, once it is filled. */
  void finishDirectory(Path path, NodeAttributes recorded) throws IOException {
    if (found.contains(path)) {
      return;
    }
    if (posix && recorded.posix().isPresent()) {
      Set<PosixFilePermission> wanted =
          Files.getPosixFilePermissions(path, LinkOption.NOFOLLOW_LINKS);
      if (wanted.retainAll(TreeAttributes.permissions(recorded.posix()))) {
        Files.setPosixFilePermissions(path, wanted);
      }
    }
    finishFile(path, recorded);
  }

  private static void addBits(Path path, int bits) throws IOException {
    int mode = (int) Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS);
    Files.setAttribute(path, "unix:mode", (mode & 07777) | bits, LinkOption.NOFOLLOW_LINKS);
  }

  private static void setTime(Path path, NodeAttributes recorded) throws IOException {
    if (recorded.modified().isPresent()) {
      // With both times, the host need not be asked for the other one.
      Files.getFileAttributeView(path, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
          .setTimes(recorded.modified().get(), FileTime.from(Instant.now()), null);
    }
  }
}
