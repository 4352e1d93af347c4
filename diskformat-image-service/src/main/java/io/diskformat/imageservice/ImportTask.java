package io.diskformat.imageservice;

import java.time.Instant;
import java.util.List;
import java.util.Locale;

/**
 * An import of an image's data that was asked for.
 *
 * @param id its own id
 * @param user who asked
 * @param request the id of the request that asked, or an empty string
 * @param method what was asked for, as clients name it
 * @param status what became of it
 * @param message what went wrong, or what was done
 * @param createdAt when it was asked for
 * @param updatedAt when it ended, or began
 * @param stores that were to keep the data, of a service whose stores have names
 * @param failed those of them that do not have it now that it has ended
 */
public record ImportTask(
    String id,
    String user,
    String request,
    String method,
    Status status,
    String message,
    Instant createdAt,
    Instant updatedAt,
    List<String> stores,
    List<String> failed) {

  /** Makes copies of the lists. */
  public ImportTask {
    stores = List.copyOf(stores);
    failed = List.copyOf(failed);
  }

  /** What becomes of an import. */
  public enum Status {
    /** It goes on. */
    PROCESSING,
    /** It is done. */
    SUCCESS,
    /** It ended before it was done. */
    FAILURE;

    /** Returns the name that clients know. */
    public String text() {
      return name().toLowerCase(Locale.ROOT);
    }

    /**
     * Returns the status of a name.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static Status of(String text) {
      return valueOf(text.toUpperCase(Locale.ROOT));
    }
  }

  /**
   * Returns the task as it ends, unless it has ended before.
   *
   * @param without the stores that do not have the data
   */
  ImportTask ended(boolean isDone, String what, List<String> without, Instant now) {
    return status == Status.PROCESSING
        ? new ImportTask(
            id,
            user,
            request,
            method,
            isDone ? Status.SUCCESS : Status.FAILURE,
            what,
            createdAt,
            now,
            stores,
            isDone ? without : stores)
        : this;
  }
}
