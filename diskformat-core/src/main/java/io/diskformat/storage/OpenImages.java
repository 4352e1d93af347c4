package io.diskformat.storage;

import io.diskformat.ImageLockedException;
import java.io.Closeable;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The files that this process has open as images. It finds conflicts within the process: the host's
 * locks do not report who holds them, and without native calls a reader holds none.
 */
final class OpenImages {
  private static final Map<Object, Set<Use>> BY_FILE = new HashMap<>();

  private OpenImages() {}

  /** One use of a file. It ends with {@link #close()}, which may be called more than once. */
  static final class Use implements Closeable {
    private final Object file;
    private final String name;
    private final boolean writable;

    private Use(Object file, String name, boolean writable) {
      this.file = file;
      this.name = name;
      this.writable = writable;
    }

    @Override
    public void close() {
      synchronized (BY_FILE) {
        Set<Use> uses = BY_FILE.get(file);
        if (uses != null && uses.remove(this) && uses.isEmpty()) {
          BY_FILE.remove(file);
        }
      }
    }
  }

  /**
   * Begins a use of a file.
   *
   * @param file the identity of the file, equal for all its names, or null if the host reports none
   * @param name the file as the caller named it
   * @return the use, or null if {@code file} is null
   * @throws ImageLockedException if this process uses the file in a way that conflicts
   */
  static @Nullable Use begin(@Nullable Object file, String name, boolean writable)
      throws ImageLockedException {
    if (file == null) {
      return null;
    }
    Use use = new Use(file, name, writable);
    synchronized (BY_FILE) {
      Set<Use> uses = BY_FILE.computeIfAbsent(file, _ -> new LinkedHashSet<>());
      for (Use other : uses) {
        if (writable || other.writable) {
          throw conflict(use, other);
        }
      }
      uses.add(use);
    }
    return use;
  }

  private static ImageLockedException conflict(Use use, Use other) {
    String as = other.name.equals(use.name) ? "" : " as " + other.name;
    return new ImageLockedException(
        use.name
            + ": locked: "
            + (other.writable
                ? "it is the very image that is open for writing already" + as
                : "it is the very image that is being read" + as + ", so it cannot be written"));
  }
}
