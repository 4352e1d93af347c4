package io.diskformat.storage;

import io.diskformat.ImageLockedException;
import java.io.IOException;

/**
 * The byte-range locks by which QEMU keeps two users of an image file apart.
 *
 * <p>Each permission has a number. Whoever uses a permission holds a shared lock on byte 100 plus
 * its number; whoever does not bear that others use it holds one on byte 200 plus its number. A
 * newcomer takes its own, and then looks whether anybody holds the opposite byte. The locks belong
 * to an open file description, so they also keep two devices of one process apart.
 */
final class ImageLock {
  private static final int USES = 100;
  private static final int REFUSES = 200;

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

  /** Returns the exception that tells of a conflict. */
  static ImageLockedException locked(boolean writable, String name) {
    return new ImageLockedException(
        name
            + ": locked: "
            + (writable
                ? "another process or device is using the image, so it cannot be written"
                : "another process or device is writing the image"));
  }
}
