package io.diskformat.cli;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The cache modes of qemu-img. A mode says how to use the host's cache, which the library decides
 * for itself, so a mode is only checked to be one.
 */
final class CacheMode {
  /** The help's text for an option that takes one. */
  static final String DESCRIPTION = "Accepted and ignored.";

  static final List<String> MODES =
      List.of("none", "off", "writeback", "writethrough", "directsync", "unsafe");

  private CacheMode() {}

  /**
   * Checks what follows an option, if it was given.
   *
   * @throws IllegalArgumentException if it is no cache mode
   */
  static void check(@Nullable String mode) {
    if (mode != null && !MODES.contains(mode)) {
      throw new IllegalArgumentException(
          "no cache mode \"" + mode + "\"; there are " + String.join(", ", MODES));
    }
  }
}
