package io.diskformat.storage;

import java.io.IOException;

/** Copies from one file to another by means of the host. */
public final class HostCopy {
  private HostCopy() {}

  /**
   * Copies a range from one storage to another, as far as the host can do that without the bytes
   * passing through this process: in one file system they may not even be copied, but shared.
   *
   * @param position where the range begins in the source, in bytes
   * @param target another storage, writable
   * @param targetPosition where the range begins in the target, in bytes
   * @param length in bytes
   * @return how many bytes from the range's start on were copied, which may be none
   * @throws UnsupportedOperationException if the target is not writable
   * @throws IOException if one of the two is closed, or the target is full
   */
  public static long run(
      Storage source, long position, Storage target, long targetPosition, long length)
      throws IOException {
    if (!target.isWritable()) {
      throw new UnsupportedOperationException(target.name() + ": not writable");
    }
    if (!(source instanceof FileStorage from) || !(target instanceof FileStorage to)) {
      return 0;
    }
    NativeFile fromFile = from.file().nativeFile();
    NativeFile toFile = to.file().nativeFile();
    if (fromFile == null
        || toFile == null
        || from.file().isBlockDevice()
        || to.file().isBlockDevice()) {
      return 0;
    }
    try {
      return fromFile.copyTo(position, toFile, targetPosition, length);
    } finally {
      to.forgetTablePages(targetPosition, length);
    }
  }
}
