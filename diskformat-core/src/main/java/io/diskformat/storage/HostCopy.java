package io.diskformat.storage;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

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
    if (target instanceof CopyTarget other) {
      return other.copyFrom(source, position, targetPosition, length);
    }
    NativeFile fromFile = fileOf(source);
    NativeFile toFile = fileOf(target);
    if (fromFile == null || toFile == null) {
      return 0;
    }
    try {
      return fromFile.copyTo(position, toFile, targetPosition, length);
    } finally {
      target.forgetTablePages(targetPosition, length);
    }
  }

  /**
   * Returns whether the host may be able to copy from one storage to another: both are regular
   * files, or the other is a {@link CopyTarget} that says so. Where they are on different file
   * systems it may not be able to, all the same.
   */
  public static boolean isPossible(Storage source, Storage target) {
    if (target instanceof CopyTarget other) {
      return other.canCopyFrom(source);
    }
    return fileOf(source) != null && fileOf(target) != null;
  }

  /** Returns the file of a storage, if the host can copy from it and to it. */
  private static @Nullable NativeFile fileOf(Storage storage) {
    return storage instanceof FileStorage file && !file.file().isBlockDevice()
        ? file.file().nativeFile()
        : null;
  }
}
