package io.diskformat.testing;

import io.diskformat.testing.StorageOperation.Write;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntPredicate;

/** Which part of a write that fails happens all the same. */
@FunctionalInterface
public interface Tear {
  /** As few bytes as a disk writes at once. */
  int SECTOR = 512;

  /** Returns the parts of the write that happen. */
  List<Write> of(Write write);

  /** Nothing happens. */
  static Tear nothing() {
    return write -> List.of();
  }

  /** The first {@code count} bytes are written, or all if there are no more. */
  static Tear firstBytes(int count) {
    return write ->
        count == 0
            ? List.of()
            : List.of(
                new Write(
                    write.position(),
                    Arrays.copyOf(write.bytes(), Math.min(count, write.bytes().length))));
  }

  /**
   * Some of the sectors that the write touches are written.
   *
   * @param written is asked for each of them, the first being number 0
   */
  static Tear sectors(IntPredicate written) {
    return write -> {
      List<Write> parts = new ArrayList<>();
      long end = write.position() + write.bytes().length;
      long at = write.position();
      for (int number = 0; at < end; number++) {
        long next = Math.min((at & -SECTOR) + SECTOR, end);
        if (written.test(number)) {
          int from = (int) (at - write.position());
          int to = (int) (next - write.position());
          parts.add(new Write(at, Arrays.copyOfRange(write.bytes(), from, to)));
        }
        at = next;
      }
      return parts;
    };
  }
}
