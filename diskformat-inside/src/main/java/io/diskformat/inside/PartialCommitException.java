package io.diskformat.inside;

import java.io.IOException;
import java.util.List;

/**
 * Of an {@link Edit} of several volumes, one could not be written. Says which were written whole,
 * and which not at all.
 */
public final class PartialCommitException extends IOException {
  private static final long serialVersionUID = 1;

  private final String[] written;
  private final String failed;
  private final String[] unwritten;

  PartialCommitException(
      List<String> written, String failed, List<String> unwritten, Exception cause) {
    super(message(written, failed, unwritten, cause), cause);
    this.written = written.toArray(String[]::new);
    this.failed = failed;
    this.unwritten = unwritten.toArray(String[]::new);
  }

  private static String message(
      List<String> written, String failed, List<String> unwritten, Exception cause) {
    StringBuilder text = new StringBuilder(failed + " may have a part of its changes");
    if (!written.isEmpty()) {
      text.append(", ").append(String.join(" and ", written)).append(" all");
    }
    if (!unwritten.isEmpty()) {
      text.append(", ").append(String.join(" and ", unwritten)).append(" none");
    }
    return text.append(": ").append(cause.getMessage()).toString();
  }

  /** Returns the names of the volumes that have all changes, which are durable. */
  public List<String> written() {
    return List.of(written);
  }

  /**
   * Returns the name of the volume that may have a part of its changes; which, its own checking
   * program repairs.
   */
  public String failed() {
    return failed;
  }

  /** Returns the names of the volumes that are as they were. */
  public List<String> unwritten() {
    return List.of(unwritten);
  }
}
