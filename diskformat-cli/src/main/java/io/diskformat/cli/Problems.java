package io.diskformat.cli;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.util.Set;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Says in one sentence what went wrong. */
final class Problems {
  /** What a user of qemu-img would try, so that the answer is not that there is no such option. */
  private static final Set<String> OPTIONS_OF_QEMU_IMG =
      Set.of(
          "--bitmaps",
          "--image-opts",
          "--object",
          "--preallocation",
          "--salvage",
          "--skip-broken-bitmaps",
          "--target-image-opts",
          "--target-is-zero",
          "-B",
          "-C",
          "-F",
          "-b",
          "-c",
          "-r",
          "-u");

  private Problems() {}

  static String sentence(Throwable problem) {
    // No switch over types: the JVM would spend more time on setting it up than on all the rest.
    if (problem instanceof UnmatchedArgumentException e) {
      return unmatched(e.getUnmatched().getFirst());
    }
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
        || problem instanceof ParameterException
        || problem instanceof IllegalArgumentException
        || problem instanceof UnsupportedOperationException) {
      return message(problem);
    }
    return "internal error, DISKFORMAT_TRACE=1 shows where: " + problem;
  }

  private static String unmatched(String argument) {
    if (!argument.startsWith("-")) {
      return "unexpected argument \"" + argument + "\"";
    }
    int end = argument.indexOf('=');
    String name = end < 0 ? argument : argument.substring(0, end);
    return name.equals("--image-opts") || name.equals("--object")
        ? name + " is not supported: an image is named by its file, and its format by -f"
        : OPTIONS_OF_QEMU_IMG.contains(name)
            ? "option " + name + " of qemu-img is not supported here"
            : "no option " + name + "; --help after the verb lists those there are";
  }

  private static String file(FileSystemException e, String otherwise) {
    String reason = e.getReason() == null ? otherwise : e.getReason();
    return e.getFile() == null ? reason : e.getFile() + ": " + reason;
  }

  private static String message(Throwable e) {
    return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
  }
}
