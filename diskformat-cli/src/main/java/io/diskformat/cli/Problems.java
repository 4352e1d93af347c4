package io.diskformat.cli;

import io.diskformat.ReferenceDeniedException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;

/** Says in one sentence what went wrong. */
final class Problems {
  private Problems() {}

  static String sentence(Throwable problem) {
    // No switch over types: the JVM would spend more time on setting it up than on all the rest.
    if (problem instanceof NoSuchFileException e) {
      return file(e, "no such file");
    }
    if (problem instanceof AccessDeniedException e) {
      return file(e, "permission denied");
    }
    if (problem instanceof FileAlreadyExistsException e) {
      return file(e, "already exists");
    }
    if (problem instanceof FileSystemException e) {
      return file(e, e.getClass().getSimpleName());
    }
    if (problem instanceof ReferenceDeniedException e) {
      return e.problem() + hint(e.reason());
    }
    if (problem instanceof InvalidPathException e) {
      return e.getInput() + ": no file name that can be used with this locale";
    }
    if (problem instanceof InterruptedIOException
        || problem instanceof ClosedByInterruptException) {
      return "interrupted";
    }
    if (problem instanceof OutOfMemoryError) {
      return "out of memory";
    }
    if (problem instanceof IOException
        || problem instanceof UncheckedIOException
        || problem instanceof IllegalArgumentException
        || problem instanceof UnsupportedOperationException) {
      return message(problem);
    }
    return "internal error, DISKFORMAT_TRACE=1 shows where: " + problem;
  }

  /** Says which option helps. */
  private static String hint(ReferenceDeniedException.Reason reason) {
    return switch (reason) {
      case POLICY -> "; --references says which files may be opened";
      case NOT_FOUND -> "; --references=same-directory looks beside the image, --parent names it";
      case AMBIGUOUS -> "; --parent says which";
      case NO_FILE_NAME, NO_REGULAR_FILE -> "";
    };
  }

  private static String file(FileSystemException e, String otherwise) {
    String reason = e.getReason() == null ? otherwise : e.getReason();
    return e.getFile() == null ? reason : e.getFile() + ": " + reason;
  }

  private static String message(Throwable e) {
    return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
  }
}
