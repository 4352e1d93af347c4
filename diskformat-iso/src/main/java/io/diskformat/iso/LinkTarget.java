package io.diskformat.iso;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Where a symbolic link leads, put together from its SL entries.
 *
 * <pre>
 * entry                                  component
 *  4  1  flags: 1 another entry follows   0  1  flags: 1 goes on in the next, 2 ".", 4 "..", 8 "/"
 *  5     components                       1  1  length
 *                                         2     a name, or a piece of one
 * </pre>
 */
final class LinkTarget {
  /** The longest target that Linux follows, in bytes. */
  static final int MOST = 4095;

  private static final int GOES_ON = 1;
  private static final int ITSELF = 2;
  private static final int ABOVE = 4;
  private static final int ROOT = 8;

  private @Nullable ByteArrayOutputStream path;
  private boolean slashDue;

  /** Adds an entry, and returns whether the link is still short enough. */
  boolean take(ByteBuffer entry) {
    ByteArrayOutputStream to = path == null ? new ByteArrayOutputStream() : path;
    path = to;
    int at = 5;
    while (at + 2 <= entry.limit()) {
      int flags = entry.get(at);
      int length = Math.min(Byte.toUnsignedInt(entry.get(at + 1)), entry.limit() - at - 2);
      if ((flags & ROOT) != 0) {
        to.reset();
        to.write('/');
        slashDue = false;
      } else {
        if (slashDue) {
          to.write('/');
        }
        if ((flags & ITSELF) != 0) {
          to.write('.');
        } else if ((flags & ABOVE) != 0) {
          to.write('.');
          to.write('.');
        } else {
          to.write(entry.array(), entry.arrayOffset() + at + 2, length);
        }
        slashDue = (flags & GOES_ON) == 0;
      }
      at += 2 + length;
    }
    return to.size() <= MOST;
  }

  /** Returns the path, or empty if there was no entry. */
  Optional<String> text() {
    return path == null
        ? Optional.empty()
        : Optional.of(Names.text(path.toByteArray()).replace('\0', Names.REPLACED));
  }
}
