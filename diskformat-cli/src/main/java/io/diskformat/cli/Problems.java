package io.diskformat.cli;

import io.diskformat.ReferenceDeniedException;
import io.diskformat.UnrecognizedFormatException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.util.regex.Pattern;

/** Says in one sentence what went wrong. */
final class Problems {
  /** How the message ends if a file may be a raw disk, but nobody says so. */
  private static final String UNNAMED = "unless named so";

  /** What names begin with that lead elsewhere in QEMU. */
  private static final Pattern FOREIGN =
      Pattern.compile("(file|json|nbd|https?|ftps?|ssh|rbd|iscsi|nfs|fd|blkdebug|vvfat):.*");

  private Problems() {}

  static String sentence(Throwable problem) {
    // No switch over types: the JVM would spend more time on setting it up than on all the rest.
    if (problem instanceof NoSuchFileException e) {
      return file(e, "no such file") + hint(String.valueOf(e.getFile()));
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
    if (problem instanceof UnrecognizedFormatException && message(problem).endsWith(UNNAMED)) {
      return message(problem) + ", by -f raw";
    }
    if (problem instanceof IOException
        || problem instanceof UncheckedIOException
        || problem instanceof IllegalArgumentException
        || problem instanceof UnsupportedOperationException) {
      return message(problem);
    }
    return "internal error, DISKFORMAT_TRACE=1 shows where: " + problem;
  }

  /** Says what a name is that QEMU would take for more. */
  private static String hint(String name) {
    return FOREIGN.matcher(name).matches()
        ? "; names are those of files, and no protocol of QEMU is spoken"
        : "";
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
