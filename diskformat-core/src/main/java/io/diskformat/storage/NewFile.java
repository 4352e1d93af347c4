package io.diskformat.storage;

import io.diskformat.storage.FileStorage.Sharing;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A file in the making: written under a name of its own in the directory where it is to be, and given
 * its right name only when it is complete, so that no partial file is ever taken for a whole one.
 * Unless {@link #commit()} was called, closing it leaves nothing behind.
 */
public final class NewFile implements Closeable {
  private final Path target;
  private final boolean replace;
  private final Path temporary;
  private final FileStorage storage;
  private boolean committed;

  private NewFile(Path target, boolean replace, Path temporary, FileStorage storage) {
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
      return new NewFile(
          target, replace, temporary, FileStorage.open(temporary, true, Sharing.LOCKED));
    } catch (IOException | RuntimeException e) {
      Files.deleteIfExists(temporary);
      throw e;
    }
  }

  private static Path temporaryBeside(Path target) {
    String suffix = Long.toHexString(ThreadLocalRandom.current().nextLong());
    return target.resolveSibling("." + target.getFileName() + "." + suffix + ".partial");
  }

  /** Returns the file's bytes. It is closed with this object. */
  public FileStorage storage() {
    return storage;
  }

  /**
   * Gives the file its right name. What was written is durable if it was flushed before.
   *
   * @throws FileAlreadyExistsException if meanwhile somebody else made a file there
   * @throws IOException if it cannot be renamed
   */
  public void commit() throws IOException {
    if (replace) {
      keepPermissions();
      Files.move(
          temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } else {
      // Unlike a rename, a link fails if the name was taken meanwhile.
      try {
        Files.createLink(target, temporary);
        Files.delete(temporary);
      } catch (UnsupportedOperationException e) {
        Files.move(temporary, target);
      }
    }
    committed = true;
  }

  private void keepPermissions() throws IOException {
    PosixFileAttributeView old =
        Files.getFileAttributeView(target, PosixFileAttributeView.class);
    if (old != null && Files.exists(target)) {
      Files.setPosixFilePermissions(temporary, old.readAttributes().permissions());
    }
  }

  @Override
  public void close() throws IOException {
    try {
      storage.close();
    } finally {
      if (!committed) {
        Files.deleteIfExists(temporary);
      }
    }
  }
}
