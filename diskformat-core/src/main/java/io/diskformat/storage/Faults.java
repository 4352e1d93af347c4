package io.diskformat.storage;

import io.diskformat.ImageClosedException;
import java.io.IOException;

/**
 * Translates failures of mapped memory to the exceptions that describe them.
 *
 * <p>Access to a page of a mapping whose file was cut short, or that the host cannot read, throws
 * an {@link InternalError}, and compiled code may deliver it late: at the next safepoint poll,
 * which can be outside the try block that it belongs to. Until then, values loaded from such a page
 * are garbage, and their use may fail in other ways. So all code that accesses mapped memory has
 * this form, <em>Faults' protocol</em>:
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
 * <p>The outer try block catches faults that are delivered on the way to the fence after another
 * failure.
 */
public final class Faults {
  /**
   * The number of rounds of {@link #fence}. Not final, and read in each round, so that the compiler
   * must keep the loop and the safepoint poll in it. Never written after the class is loaded, so
   * that threads do not contend for it.
   */
  private static volatile int rounds = 2;

  private Faults() {}

  /** Makes sure that a pending fault of mapped memory is delivered to this thread here. */
  public static void fence() {
    int round = 0;
    while (round < rounds) {
      // A pause here would cost more than a read of 4 KiB.
      round++;
    }
  }

  /** An object whose bytes are mapped. */
  public interface Mapped {
    /** Returns the name used in error messages. */
    String name();

    /** Returns whether the mapping was released. */
    boolean isClosed();
  }

  /**
   * Runs an action in the form above. It allocates an object, and so is not for hot paths.
   *
   * @param storage the object whose mapping is accessed
   * @param what the name of the action, for the message
   * @param touching the action, which accesses mapped memory
   * @throws IOException if the action throws it, or the mapping has a fault
   */
  public static void during(Mapped storage, String what, IoAction touching) throws IOException {
    var _ =
        supply(
            storage,
            what,
            () -> {
              touching.run();
              return true;
            });
  }

  /**
   * Runs a function as {@link #during} runs an action, and returns its result.
   *
   * @param <T> the type of the result
   * @param storage the object whose mapping is accessed
   * @param what the name of the function, for the message
   * @param supplying the function, which accesses mapped memory
   * @throws IOException if the function throws it, or the mapping has a fault
   */
  public static <T> T supply(Mapped storage, String what, IoSupplier<T> supplying)
      throws IOException {
    try {
      try {
        return supplying.get();
      } finally {
        fence();
      }
    } catch (InternalError | IllegalStateException e) {
      throw translate(e, storage, what);
    }
  }

  /**
   * Returns the exception to throw for a failure of an access to a mapping, or throws {@code
   * failure} itself if it is none.
   *
   * @param failure the exception that was caught around the access
   * @param storage the object whose mapping was accessed
   * @param what the name of the action, for the message
   */
  public static IOException translate(Throwable failure, Mapped storage, String what) {
    if (isFault(failure)) {
      return FileErrors.of(
          storage.name(),
          what,
          "the file was cut short underneath, or the host could not read or write it",
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
