package io.diskformat.storage;

import io.diskformat.ImageLockedException;
import io.diskformat.storage.FileStorage.Sharing;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import org.jspecify.annotations.Nullable;

/**
 * A partial file: a new file under its temporary name. If the process that makes it is killed, it
 * is left; the next process that makes a file of the same final name deletes it.
 *
 * <p>It is locked like any image while it is written, and claimed until it has its final name. A
 * process that deletes left files locks each before, and so cannot delete one that is in use. If it
 * comes between the creation of a file and its lock, the maker begins again, with another file.
 */
final class PartialFile {
  /**
   * The number of attempts to create a file before another cause than such a deletion is assumed.
   */
  private static final int ATTEMPTS = 100;

  private final Path target;
  private final Path path;
  private final FileStorage storage;
  private final Claim claim;

  private PartialFile(Path target, Path path, FileStorage storage, Claim claim) {
    this.target = target;
    this.path = path;
    this.storage = storage;
    this.claim = claim;
  }

  /**
   * Returns a new partial file.
   *
   * @param target the final path of the file
   * @param name the name of the file in error messages
   * @param secret whether only its owner may read it
   */
  static PartialFile create(Path target, String name, boolean secret) throws IOException {
    for (int attempt = 1; ; attempt++) {
      Path path = PartialNames.beside(target);
      PartialNames.use(path);
      boolean done = false;
      try {
        make(path, name, secret);
        try {
          PartialFile file = open(target, path, name);
          done = true;
          return file;
        } catch (IOException e) {
          if (attempt == ATTEMPTS || !(e instanceof ImageLockedException || isGone(path))) {
            throw e;
          }
        }
      } finally {
        if (!done) {
          forget(path);
        }
      }
    }
  }

  /** Removes a file that could not be made. */
  private static void forget(Path path) {
    try {
      Files.deleteIfExists(path);
    } catch (IOException e) {
      // The next process that makes a file of the same name deletes it.
    }
    PartialNames.forget(path);
  }

  private static boolean isGone(Path path) {
    return Files.notExists(path, LinkOption.NOFOLLOW_LINKS);
  }

  private static void make(Path path, String name, boolean secret) throws IOException {
    boolean posix = path.getFileSystem().supportedFileAttributeViews().contains("posix");
    FileAttribute<?>[] attributes =
        secret && posix
            ? new FileAttribute<?>[] {
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
            }
            : new FileAttribute<?>[0];
    try {
      Files.createFile(path, attributes);
    } catch (FileSystemException e) {
      throw TargetErrors.of(name, e);
    }
  }

  private static PartialFile open(Path target, Path path, String name) throws IOException {
    FileStorage storage = FileStorage.openUnseen(path, name);
    @Nullable Claim claim = null;
    boolean done = false;
    try {
      claim = Claim.ofOwn(path);
      // The name is never reused, so that a file of this name is the one that was locked.
      if (isGone(path)) {
        throw new NoSuchFileException(name, null, "swept before it was locked");
      }
      done = true;
      return new PartialFile(target, path, storage, claim);
    } finally {
      if (!done) {
        storage.close();
        if (claim != null) {
          claim.close();
        }
      }
    }
  }

  /** Deletes the partial files of a target that killed processes left, as far as it can. */
  static void sweep(Path target) {
    try (DirectoryStream<Path> files =
        Files.newDirectoryStream(
            target.resolveSibling("."), file -> PartialNames.isForeign(file, target))) {
      files.forEach(PartialFile::sweepUnlessInUse);
    } catch (IOException | DirectoryIteratorException e) {
      // A directory that cannot be listed is left as it is.
    }
  }

  private static void sweepUnlessInUse(Path file) {
    boolean writable = Files.isWritable(file);
    boolean lockable = writable || NativeAccess.get() != null;
    if (!lockable || !Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    try (FileStorage _ = FileStorage.open(file, writable, Sharing.LOCKED)) {
      if (!Claim.isHeld(file)) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      // It is in use, or belongs to somebody else.
    }
  }

  /** Returns the final path of the file. */
  Path target() {
    return target;
  }

  /** Returns the temporary path of the file. */
  Path path() {
    return path;
  }

  /** Returns the file's bytes. */
  FileStorage storage() {
    return storage;
  }

  /** Keeps the file from being deleted by others after its storage was closed. */
  void renewClaim() throws IOException {
    claim.renew();
  }

  /** Releases the claim, because the file has its final name or was deleted. */
  void unclaim() {
    PartialNames.forget(path);
    try {
      claim.close();
    } catch (IOException e) {
      // Nothing was written through it.
    }
  }

  /** Closes the storage and removes the file. */
  void discard() throws IOException {
    try {
      storage.close();
    } finally {
      Files.deleteIfExists(path);
      unclaim();
    }
  }
}
