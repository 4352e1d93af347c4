package io.diskformat.storage;

import io.diskformat.DiskFormatException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import org.jspecify.annotations.Nullable;

/**
 * Makes the exceptions of a storage, with a message of the file as the caller named it, the
 * operation and the reason. Those of the JDK and the C library name no file, or a descriptor.
 */
final class FileErrors {
  /** The position of an operation that has none. */
  static final long NOWHERE = -1;

  private FileErrors() {}

  /**
   * Returns the exception for a file that could not be opened, or whose attributes could not be
   * read.
   */
  static IOException opening(String name, boolean writable, IOException e) {
    return e instanceof NoSuchFileException
        ? withCause(new NoSuchFileException(name, null, "no such file"), e)
        : of(name, opening(writable), NOWHERE, e);
  }

  /** Returns the exception for a file of a kind that is not opened. */
  static IOException opening(String name, boolean writable, FileKind kind) {
    return of(
        name, opening(writable), "it is " + kind + ", not a regular file or block device", null);
  }

  private static String opening(boolean writable) {
    return writable ? "opening for writing" : "opening for reading";
  }

  /**
   * Returns the exception for a failure of the host.
   *
   * @param doing the operation, for example "writing"
   * @param position its position in the file, in bytes, or {@link #NOWHERE}
   */
  static IOException of(String name, String doing, long position, IOException e) {
    if (e instanceof DiskFormatException) {
      // It has its message already: a lock that somebody else holds.
      return e;
    }
    String tried = position == NOWHERE ? doing : doing + " at " + position;
    if (e instanceof AccessDeniedException denied) {
      String why = denied.getReason() == null ? "permission denied" : denied.getReason();
      return withCause(new AccessDeniedException(name, null, tried + ": " + why), e);
    }
    return of(name, tried, why(e), e);
  }

  /** Returns the exception for a failure with a given reason. */
  static FileSystemException of(String name, String tried, String why, @Nullable Throwable cause) {
    return withCause(new FileSystemException(name, null, tried + ": " + why), cause);
  }

  private static String why(IOException e) {
    String words = e instanceof FileSystemException f ? f.getReason() : e.getMessage();
    return words == null ? e.getClass().getSimpleName() : words;
  }

  private static <T extends IOException> T withCause(T exception, @Nullable Throwable cause) {
    exception.initCause(cause);
    return exception;
  }
}
