package io.diskformat.onepass;

import java.io.IOException;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The units that a new image will have, with the length of each once it is encoded, as they were
 * announced in ascending order. Takes a bit for a unit, and 4 bytes for one whose length is not the
 * usual one, of those parts of the disk that have any. For one thread.
 */
public final class AnnouncedUnits {
  /** Takes a unit. */
  @FunctionalInterface
  public interface Visitor {
    /**
     * Takes a unit.
     *
     * @param length of the encoded unit, in bytes
     */
    void unit(long unit, int length) throws IOException;
  }

  /** The units of one part, by their number within it, and their lengths if any is unusual. */
  private static final class Part {
    final BitSet units = new BitSet();
    int @Nullable [] lengths;
    int count;
  }

  private final int partBits;
  private final int usualLength;
  private final TreeMap<Long, Part> parts = new TreeMap<>();
  private long last = -1;
  private long count;

  /**
   * Creates an empty set.
   *
   * @param partBits log2 of how many units a part of the disk has, as {@link #parts} counts them
   * @param usualLength of an encoded unit, in bytes
   */
  public AnnouncedUnits(int partBits, int usualLength) {
    this.partBits = partBits;
    this.usualLength = usualLength;
  }

  /**
   * Adds a unit.
   *
   * @param length of the encoded unit, in bytes
   * @throws IllegalArgumentException if it does not come after all others
   */
  public void add(long unit, int length) {
    if (unit <= last) {
      throw new IllegalArgumentException("unit " + unit + " is announced after " + last);
    }
    last = unit;
    count++;
    Part part = parts.computeIfAbsent(unit >>> partBits, number -> new Part());
    part.units.set((int) (unit & (1L << partBits) - 1));
    int[] lengths = part.lengths;
    if (lengths == null && length != usualLength) {
      lengths = new int[Math.max(16, 2 * part.count)];
      Arrays.fill(lengths, 0, part.count, usualLength);
    }
    if (lengths != null) {
      if (part.count == lengths.length) {
        lengths = Arrays.copyOf(lengths, lengths.length + lengths.length / 2);
      }
      lengths[part.count] = length;
      part.lengths = lengths;
    }
    part.count++;
  }

  /** Returns how many units there are. */
  public long count() {
    return count;
  }

  /** Returns the numbers of the parts that have units, in ascending order. */
  public Iterable<Long> parts() {
    return parts.keySet();
  }

  /** Returns how many parts have units. */
  public int partCount() {
    return parts.size();
  }

  /**
   * Visits the units of a part, in ascending order.
   *
   * @throws IOException if {@code visitor} throws it
   */
  public void visit(long part, Visitor visitor) throws IOException {
    Part visited = parts.get(part);
    if (visited == null) {
      return;
    }
    int[] lengths = visited.lengths;
    int index = 0;
    for (int i = visited.units.nextSetBit(0); i >= 0; i = visited.units.nextSetBit(i + 1)) {
      visitor.unit((part << partBits) + i, lengths == null ? usualLength : lengths[index]);
      index++;
    }
  }

  /**
   * Visits all units, in ascending order.
   *
   * @throws IOException if {@code visitor} throws it
   */
  public void visit(Visitor visitor) throws IOException {
    for (long part : parts()) {
      visit(part, visitor);
    }
  }

  /** Returns the length of a unit that was announced, once it is encoded, in bytes. */
  public int length(long unit) {
    Part part = parts.get(unit >>> partBits);
    int[] lengths = part == null ? null : part.lengths;
    return part == null || lengths == null
        ? usualLength
        : lengths[part.units.get(0, (int) (unit & (1L << partBits) - 1)).cardinality()];
  }

  /** Returns the first unit from one on, itself included, or -1 if there is none. */
  public long next(long unit) {
    long part = unit >>> partBits;
    int within = (int) (unit & (1L << partBits) - 1);
    for (Map.Entry<Long, Part> entry : parts.tailMap(part).entrySet()) {
      int found = entry.getValue().units.nextSetBit(entry.getKey() == part ? within : 0);
      if (found >= 0) {
        return (entry.getKey() << partBits) + found;
      }
    }
    return -1;
  }
}
