package io.diskformat.storage;

import org.jspecify.annotations.Nullable;

/**
 * Loads the native calls once, if there are any. It is a class of its own because {@link NativeIo}
 * cannot be linked without JNA.
 */
final class NativeAccess {
  private NativeAccess() {}

  /** Holds the outcome of the one attempt to load the library. */
  private static final class Holder {
    static final @Nullable NativeIo INSTANCE = load();

    private static @Nullable NativeIo load() {
      Throwable reason;
      try {
        return NativeIo.load();
      } catch (LinkageError | RuntimeException e) {
        reason = e.getCause() == null ? e : e.getCause();
      }
      // At level DEBUG only: the library is optional.
      System.getLogger("io.diskformat.storage")
          .log(
              System.Logger.Level.DEBUG,
              "No native calls ("
                  + reason
                  + "): holes cannot be punched and other processes' locks are seen only in part;"
                  + " add net.java.dev.jna:jna and --enable-native-access=ALL-UNNAMED, or on the"
                  + " module path --add-modules com.sun.jna --enable-native-access=com.sun.jna");
      return null;
    }
  }

  /** Returns the native calls, or null where there are none. */
  static @Nullable NativeIo get() {
    return Holder.INSTANCE;
  }
}
