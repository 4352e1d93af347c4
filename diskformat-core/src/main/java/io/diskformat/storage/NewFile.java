package io.diskformat.storage;

import io.diskformat.storage.FileStorage.Sharing;
import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A file in the making: written under a name of its own in the directory where it is to be, and
 * given its right name only when it is complete, so that no partial file is ever taken for a whole
 * one. Unless {@link #commit()} was called, closing it leaves nothing behind.
 *
 * <p>Nobody sees it before it is complete, so nothing need be durable before that: flushing its
 * storage does nothing, and {@link #commit()} makes everything durable at once.
 */
public final class NewFile implements Closeable {
  private final Path target;
  private final boolean replace;
  private final Path temporary;
  private final FileStorage storage;

  /**
   * Open from the start, as one that is opened later need not be told of what could not be written.
   */
  private final FileChannel whole;

  private boolean committed;

  private NewFile(
      Path target, boolean replace, Path temporary, FileStorage storage, FileChannel whole) {
    this.whole = whole;
    this.target = target;
    this.replace = replace;
    this.temporary = temporary;
    this.storage = storage;
  }

  /**
   * Begins a file.
   *
   * @param path where it is to be in the end; if a symbolic link is there, where that leads
   * @param replace whether a file that is already there is replaced
   * @throws FileAlreadyExistsException if there is a file that is not to be replaced, or something
   *     that is no regular file
   * @throws io.diskformat.ImageLockedException if the file to be replaced is in use
   * @throws IOException if no file can be made there
   */
  public static NewFile beside(Path path, boolean replace) throws IOException {
    boolean there = Files.exists(path, LinkOption.NOFOLLOW_LINKS);
    if (there && !(replace && Files.isRegularFile(path))) {
      throw new FileAlreadyExistsException(
          path.toString(), null, replace ? "not a regular file" : "already there");
    }
    Path target = there ? path.toRealPath() : path.toAbsolutePath();
    if (there) {
      FileStorage.open(target, Files.isWritable(target), Sharing.LOCKED).close();
    }
    Path temporary = temporaryBeside(target);
    Files.createFile(temporary);
    try {
      if (there) {
        // From the start, as the old file may be secret.
        keepPermissions(
            target,
            temporary,
            Set.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE));
      }
      return open(target, replace, temporary);
    } catch (IOException | RuntimeException e) {
      Files.deleteIfExists(temporary);
      throw e;
    }
  }

  private static NewFile open(Path target, boolean replace, Path temporary) throws IOException {
    FileStorage storage = FileStorage.openUnseen(temporary);
    try {
      FileChannel whole = FileChannel.open(temporary, StandardOpenOption.WRITE);
      return new NewFile(target, replace, temporary, storage, whole);
    } catch (IOException | RuntimeException e) {
      storage.close();
      throw e;
    }
  }

  private static Path temporaryBeside(Path target) {
    String suffix = Long.toHexString(ThreadLocalRandom.current().nextLong()) + ".partial";
    String name = target.getFileName().toString();
    // Hosts allow 255 bytes, and a character may take three.
    return target.resolveSibling("." + (name.length() > 70 ? "" : name + ".") + suffix);
  }

  /** Returns the file's bytes. It is closed with this object. */
  public FileStorage storage() {
    return storage;
  }

  /**
   * Makes what was written durable and gives the file its right name, which is durable as well
   * where the host knows how. The storage may be closed by then.
   *
   * @throws FileAlreadyExistsException if meanwhile somebody else made a file there
   * @throws io.diskformat.ImageLockedException if meanwhile somebody began to write the file to be
   *     replaced
   * @throws IOException if what was written cannot be made durable, or the file not be renamed
   */
  public void commit() throws IOException {
    storage.becomeSeen();
    sync();
    if (replace) {
      if (Files.exists(target)) {
        // Whoever began to write it meanwhile would go on writing a file that has no name.
        FileStorage.open(target, false, Sharing.LOCKED).close();
      }
      keepPermissions(target, temporary, Set.of());
      Files.move(
          temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } else if (link()) {
      Files.delete(temporary);
    } else {
      Files.move(temporary, target);
    }
    committed = true;
    syncDirectory();
  }

  /** An interrupt closes the channel, and then nothing is known of what was written. */
  private void sync() throws IOException {
    try {
      whole.force(true);
    } catch (ClosedByInterruptException e) {
      InterruptedIOException interrupted =
          new InterruptedIOException(target + ": interrupted while it was made durable");
      interrupted.initCause(e);
      throw interrupted;
    }
  }

  /** Makes the name durable. Not all hosts open directories. */
  private void syncDirectory() throws IOException {
    FileChannel directory;
    try {
      directory = FileChannel.open(target.resolveSibling("."), StandardOpenOption.READ);
    } catch (IOException | UnsupportedOperationException e) {
      return;
    }
    try (directory) {
      directory.force(true);
    }
  }

  /**
   * Unlike a rename, a link fails if the name was taken meanwhile; not all file systems have them.
   */
  private boolean link() throws IOException {
    try {
      Files.createLink(target, temporary);
      return true;
    } catch (FileAlreadyExistsException e) {
      throw e;
    } catch (UnsupportedOperationException | FileSystemException e) {
      return false;
    }
  }

  private static void keepPermissions(Path from, Path to, Set<PosixFilePermission> others)
      throws IOException {
    PosixFileAttributeView old = Files.getFileAttributeView(from, PosixFileAttributeView.class);
    if (old != null && Files.exists(from)) {
      Set<PosixFilePermission> permissions = new HashSet<>(old.readAttributes().permissions());
      permissions.addAll(others);
      Files.setPosixFilePermissions(to, permissions);
    }
  }

  @Override
  public void close() throws IOException {
    try (whole) {
      storage.close();
    } finally {
      if (!committed) {
        Files.deleteIfExists(temporary);
      }
    }
  }
}
