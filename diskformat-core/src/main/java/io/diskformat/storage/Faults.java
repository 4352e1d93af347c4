package io.diskformat.storage;

import io.diskformat.ImageClosedException;
import java.io.IOException;

/**
 * Tells failures of mapped memory as what they mean.
 *
 * <p>A page of a mapping whose file was cut short, or that the host cannot read, is an {@link
 * InternalError}, and compiled code may deliver it late: at the next safepoint poll, which can be
 * outside the try block that it belongs to. Before that, what was loaded from such a page is
 * garbage, and whatever is made of it may fail in its own way. So everything that touches mapped
 * memory has this form:
 *
 * <pre>{@code
 * try {
 *   try {
 *     ... // touch it
 *   } finally {
 *     Faults.fence();
 *   }
 * } catch (InternalError | IllegalStateException e) {
 *   throw Faults.translate(e, storage, "reading");
 * }
 * }</pre>
 *
 * <p>The outer try block is there for faults that arrive on the way to the fence after a failure.
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
   * Returns the exception to throw for a failure while accessing {@code storage}'s mapping, or
   * throws {@code failure} itself if it is no such thing.
   *
   * @param failure what was caught around the access
   * @param storage whose mapping was accessed
   * @param what what was being done, for the message
   */
  public static IOException translate(Throwable failure, Storage storage, String what) {
    if (isFault(failure)) {
      return new IOException(
          storage.name()
              + ": "
              + what
              + ": the file was cut short underneath, or the host could not read or write it",
          failure);
    }
    if (failure instanceof IllegalStateException && storage.isClosed()) {
      return new ImageClosedException(storage.name());
    }
    if (failure instanceof RuntimeException unchecked) {
      throw unchecked;
    }
    throw (Error) failure;
  }

  private static boolean isFault(Throwable failure) {
    return failure instanceof InternalError
        && failure.getMessage() != null
        && failure.getMessage().contains("fault occurred");
  }
}
