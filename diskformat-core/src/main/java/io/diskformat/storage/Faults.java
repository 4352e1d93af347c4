package io.diskformat.storage;

import io.diskformat.ImageClosedException;
import java.io.IOException;

/**
 * Tells failures of mapped memory as what they mean.
 *
 * <p>A page of a mapping whose file was cut short, or that the host cannot read, is an {@link
 * InternalError}, and compiled code may deliver it late: at the next safepoint poll, which can be
 * outside the try block that it belongs to. So everything that touches mapped memory runs {@link
 * #fence()} last inside its try block, and calls {@link #translate} in a catch block for every {@link
 * IOException} and {@link RuntimeException} too: what was loaded from such a page is garbage, and
 * whatever was made of it may fail before the fault arrives.
 */
public final class Faults {
  /**
   * Not final, and read anew in each round, so that the compiler must keep the loop that reads it
   * and the safepoint poll inside that. Never written after the class is loaded, so that threads do
   * not contend for it.
   */
  private static volatile int rounds = 2;

  private Faults() {}

  /** Makes a fault of mapped memory that is still to be delivered to this thread arrive here. */
  public static void fence() {
    int round = 0;
    while (round < rounds) {
      // A pause in here would cost more than a read of 4 KiB.
      round++;
    }
  }

  /**
   * Returns the exception to throw for a failure while accessing {@code storage}'s mapping: {@code
   * failure} itself if it is not the mapping's, which is thrown if it is unchecked.
   *
   * @param failure what was caught around the access
   * @param storage whose mapping was accessed
   * @param what what was being done, for the message
   */
  public static IOException translate(Throwable failure, Storage storage, String what) {
    Throwable cause = failure;
    if (!isFault(cause)) {
      // Whatever else went wrong may be the consequence of a fault that has not arrived yet.
      try {
        fence();
      } catch (InternalError late) {
        late.addSuppressed(failure);
        cause = late;
      }
    }
    if (isFault(cause)) {
      return new IOException(
          storage.name()
              + ": "
              + what
              + ": the file was cut short underneath, or the host could not read or write it",
          cause);
    }
    if (cause instanceof IllegalStateException && storage.isClosed()) {
      return new ImageClosedException(storage.name());
    }
    if (cause instanceof IOException checked) {
      return checked;
    }
    if (cause instanceof RuntimeException unchecked) {
      throw unchecked;
    }
    throw (Error) cause;
  }

  private static boolean isFault(Throwable failure) {
    return failure instanceof InternalError
        && failure.getMessage() != null
        && failure.getMessage().contains("fault occurred");
  }
}
