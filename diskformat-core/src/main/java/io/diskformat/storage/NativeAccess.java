package io.diskformat.storage;

import org.jspecify.annotations.Nullable;

/**
 * Finds out once whether there are native calls. A class of its own, as without JNA {@link
 * NativeIo} cannot even be linked.
 */
final class NativeAccess {
  private NativeAccess() {}

  /** Holds the outcome of the one attempt to load the library. */
  private static final class Holder {
    static final @Nullable NativeIo INSTANCE = load();

    private static @Nullable NativeIo load() {
      String reason;
      try {
        return NativeIo.load();
      } catch (LinkageError | RuntimeException e) {
        reason = e.toString();
      }
      // Finding a logger takes longer than all the rest, and is hardly ever needed.
      System.getLogger("io.diskformat.storage")
          .log(
              System.Logger.Level.INFO,
              "No native calls ("
                  + reason
                  + "): holes cannot be punched and other processes' locks are seen only in part;"
                  + " add net.java.dev.jna:jna, and --enable-native-access=ALL-UNNAMED");
      return null;
    }
  }

  /** Returns the native calls, or null where there are none. */
  static @Nullable NativeIo get() {
    return Holder.INSTANCE;
  }
}
