package io.diskformat.storage;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import org.jspecify.annotations.Nullable;

/**
 * Makes the exceptions for a new file, with the name that the caller gave: those of the host have
 * temporary names that the caller does not know.
 */
final class TargetErrors {
  private TargetErrors() {}

  /** Returns the exception for a host's failure to make a file or its name durable. */
  static FileSystemException durable(String name, IOException e) {
    FileSystemException named =
        new FileSystemException(name, null, "cannot be made durable: " + e.getMessage());
    named.initCause(e);
    return named;
  }

  static FileSystemException of(String name, FileSystemException e) {
    @Nullable String reason = e.getReason();
    FileSystemException named;
    if (e instanceof NoSuchFileException) {
      named = new NoSuchFileException(name, null, "no such directory");
    } else if (e instanceof AccessDeniedException) {
      named = new AccessDeniedException(name, null, "its directory cannot be written");
    } else if (e instanceof FileAlreadyExistsException) {
      named = new FileAlreadyExistsException(name, null, "made by somebody else meanwhile");
    } else {
      named = new FileSystemException(name, null, reason == null ? e.toString() : reason);
    }
    named.initCause(e);
    return named;
  }
}
