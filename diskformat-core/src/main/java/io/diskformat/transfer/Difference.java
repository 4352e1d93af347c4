package io.diskformat.transfer;

import java.util.Optional;

/**
 * A range of a disk that is not as it is expected to be. Immutable.
 *
 * @param offset where it begins, in bytes
 * @param length its length, in bytes; positive
 * @param kind what is wrong with it
 * @param problem why it cannot be read, if that is what is wrong with it: the message of the first
 *     failure
 */
public record Difference(long offset, long length, Kind kind, Optional<String> problem) {

  /** What can be wrong with a range. */
  public enum Kind {
    /** Something in it differs. */
    CONTENT,
    /** It cannot be read. */
    UNREADABLE,
    /** It is beyond the end of one of the disks. */
    SIZE
  }

  /** Receives differences, in ascending order. Not called by two threads at once. */
  @FunctionalInterface
  public interface Listener {
    /**
     * Receives the next difference.
     *
     * @return whether to go on
     */
    boolean differs(Difference difference);
  }

  /** Returns where the range ends: the offset of the byte after its last. */
  public long end() {
    return offset + length;
  }
}
