package io.diskformat.testing;

import io.diskformat.testing.StorageOperation.Write;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntPredicate;

/** Decides which part of a write that fails is made all the same. */
@FunctionalInterface
public interface Tear {
  /** The least number of bytes that a storage device writes as one. */
  int SECTOR = 512;

  /** Returns the parts of the write that are made. */
  List<Write> of(Write write);

  /** Returns the tear that makes nothing. */
  static Tear nothing() {
    return write -> List.of();
  }

  /** Returns the tear that writes the first {@code count} bytes, or all if there are no more. */
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
   * Returns the tear that writes some of the sectors that the write touches.
   *
   * @param written says for each of them whether it is written; the first is number 0
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
