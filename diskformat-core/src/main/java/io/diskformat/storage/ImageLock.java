package io.diskformat.storage;

import io.diskformat.ImageLockedException;
import java.io.IOException;

/**
 * The byte-range locks with which QEMU prevents conflicting use of an image file.
 *
 * <p>Each permission has a number. A user of a permission holds a shared lock on byte 100 plus its
 * number; one that does not allow others to use it holds a lock on byte 200 plus its number. A new
 * user takes its own locks, and then checks whether anybody holds the opposite bytes. The locks
 * belong to an open file description, so they would also detect a conflict within one process;
 * {@link OpenImages} finds that first, and can name the other use.
 */
final class ImageLock {
  /** The position of the lock of the use of permission 0. */
  private static final int USES = 100;

  /** The position of the lock of the refusal of permission 0. */
  private static final int REFUSES = 200;

  // QEMU's numbers of the permissions.
  private static final int CONSISTENT_READ = 0;
  private static final int WRITE = 1;
  private static final int RESIZE = 3;

  private ImageLock() {}

  /**
   * Takes the locks of a reader or writer for as long as {@code fd} is open.
   *
   * @throws ImageLockedException if another user conflicts
   */
  static void acquire(NativeIo io, int fd, boolean writable, String name) throws IOException {
    int[] uses =
        writable ? new int[] {CONSISTENT_READ, WRITE, RESIZE} : new int[] {CONSISTENT_READ};
    int[] refuses = {WRITE, RESIZE};
    for (int permission : uses) {
      require(io.lock(fd, USES + permission, NativeIo.F_RDLCK), writable, name);
    }
    for (int permission : refuses) {
      require(io.lock(fd, REFUSES + permission, NativeIo.F_RDLCK), writable, name);
    }
    for (int permission : uses) {
      require(io.couldLock(fd, REFUSES + permission, NativeIo.F_WRLCK), writable, name);
    }
    for (int permission : refuses) {
      require(io.couldLock(fd, USES + permission, NativeIo.F_WRLCK), writable, name);
    }
  }

  private static void require(boolean free, boolean writable, String name)
      throws ImageLockedException {
    if (!free) {
      throw locked(writable, name);
    }
  }

  /** Returns the exception for a conflict with another user. */
  static ImageLockedException locked(boolean writable, String name) {
    return new ImageLockedException(
        name
            + ": locked: "
            + (writable
                ? "another process or device is using the image, so it cannot be written"
                : "another process or device is writing the image"));
  }
}
