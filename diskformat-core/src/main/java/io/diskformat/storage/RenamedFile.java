package io.diskformat.storage;

import io.diskformat.storage.FileStorage.Sharing;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A new file that is written under another name, and renamed when it is complete. */
final class RenamedFile extends NewFile {
  private final PartialFile partial;
  private final boolean replace;

  /** The key of this file, which does not depend on its name. Null where the host reports none. */
  private final @Nullable Object key;

  /**
   * Whether an attempt was made to rename it: an attempt that reported a failure may have
   * succeeded.
   */
  private boolean attempted;

  private boolean replaces;

  /** The old file; null if there is none, or the host cannot keep it. */
  private @Nullable ReplacedFile old;

  private RenamedFile(PartialFile partial, String name, boolean replace) throws IOException {
    super(partial.target(), name, partial.storage());
    this.partial = partial;
    this.replace = replace;
    this.key = keyOf(partial.path());
  }

  /**
   * Returns a new file.
   *
   * @param partial the partial file, which is deleted if this throws
   */
  static NewFile begin(PartialFile partial, String name, boolean replace) throws IOException {
    try {
      // From the start, because the old file may be secret.
      KeptAttributes.keep(
          partial.target(),
          partial.path(),
          Set.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE));
      return new RenamedFile(partial, name, replace);
    } catch (IOException | RuntimeException e) {
      partial.discard();
      throw e;
    }
  }

  @Override
  void give() throws IOException {
    partial.renewClaim();
    try (DirectorySync directory = DirectorySync.of(target)) {
      if (replace) {
        replaceOld();
      } else {
        takeFreeName();
      }
      directory.sync(name);
    }
  }

  private void replaceOld() throws IOException {
    boolean there = Files.exists(target, LinkOption.NOFOLLOW_LINKS);
    if (Files.exists(target)) {
      // A process that began to write it meanwhile would go on writing a file without a name.
      FileStorage.open(target, name, false, Sharing.LOCKED).close();
    }
    KeptAttributes.keep(target, partial.path(), Set.of());
    if (there) {
      old = ReplacedFile.keep(target);
    }
    replaces = there;
    attempted = true;
    Files.move(
        partial.path(),
        target,
        StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);
  }

  /**
   * Takes a name that no file has. Unlike a rename, a link fails if the name was taken meanwhile;
   * not all file systems have links.
   */
  private void takeFreeName() throws IOException {
    attempted = true;
    try {
      Files.createLink(target, partial.path());
    } catch (FileAlreadyExistsException e) {
      throw e;
    } catch (UnsupportedOperationException | FileSystemException e) {
      Files.move(partial.path(), target);
      return;
    }
    Files.delete(partial.path());
  }

  @Override
  void takeBack() throws IOException {
    if (attempted && isNamed()) {
      if (old != null) {
        old.putBack(target);
      } else if (replaces) {
        throw new FileSystemException(
            name, null, "the old file was replaced nonetheless, as this host could not keep it");
      } else {
        Files.delete(target);
      }
    }
    settle();
  }

  /** Returns whether the file of the final name is this one, and not another one. */
  private boolean isNamed() throws IOException {
    try {
      return key == null ? !Files.exists(partial.path()) : key.equals(keyOf(target));
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  private static @Nullable Object keyOf(Path path) throws IOException {
    return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
        .fileKey();
  }

  @Override
  void settle() {
    if (old != null) {
      old.forget();
      old = null;
    }
    partial.unclaim();
  }

  @Override
  void discard() throws IOException {
    partial.discard();
  }
}
