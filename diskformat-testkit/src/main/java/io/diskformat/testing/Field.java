package io.diskformat.testing;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * A field of a structure in an image file.
 *
 * @param structure the structure and, if there are many, which one
 * @param name of the field, as the format's specification calls it
 * @param position in the file, in bytes
 * @param width in bytes: 1, 2, 4 or 8
 * @param order of its bytes
 * @param decidesContent whether the disk's content may depend on it
 * @param meaningful further values that have a meaning in this field
 */
public record Field(
    String structure,
    String name,
    long position,
    int width,
    ByteOrder order,
    boolean decidesContent,
    List<Long> meaningful) {

  /** Returns the value of this field in an image, its bits beyond the width being zero. */
  public long in(ByteBuffer image) {
    ByteBuffer ordered = image.duplicate().order(order);
    int at = (int) position;
    return switch (width) {
      case 1 -> ordered.get(at) & 0xffL;
      case 2 -> ordered.getShort(at) & 0xffffL;
      case 4 -> ordered.getInt(at) & 0xffff_ffffL;
      default -> ordered.getLong(at);
    };
  }

  /** Returns the mutation that sets this field. */
  public Mutation set(long value) {
    byte[] bytes = new byte[width];
    for (int i = 0; i < width; i++) {
      int shift = 8 * (order == ByteOrder.LITTLE_ENDIAN ? i : width - 1 - i);
      bytes[i] = (byte) (value >>> shift);
    }
    String what = "%s, %s = 0x%x".formatted(structure, name, value);
    return new Mutation(what, position, bytes, !decidesContent);
  }

  /**
   * Returns the values to try: the limits of the width, what is next to the present value and to
   * the limits of the format and of the file, aligned and not, and the present value with each of
   * its bits changed.
   *
   * @param clusterSize the unit of allocation, in bytes; a power of two
   */
  public List<Mutation> mutations(ByteBuffer image, int clusterSize) {
    long present = in(image);
    long max = width == 8 ? -1 : (1L << (8 * width)) - 1;
    long sign = 1L << (8 * width - 1);
    long end = image.capacity();
    long alignedEnd = (end + clusterSize - 1) & -clusterSize;
    Set<Long> values = new LinkedHashSet<>();
    for (long value : new long[] {0, max, sign, present, end, alignedEnd, clusterSize}) {
      values.addAll(List.of(value - 1, value, value + 1));
    }
    values.addAll(List.of(2L, 3L, 4L, max - 7, sign - 8, present * 2, present / 2));
    if (width == 8) {
      for (long value :
          new long[] {present, sign, alignedEnd, position & -clusterSize, 1L << 56, 1L << 62}) {
        values.addAll(
            List.of(value, value - clusterSize, value + clusterSize, value + 512, value | 1));
      }
      // What an entry points to, with each meaning that its flags can give it.
      for (long flags = 0; flags < 4; flags++) {
        values.add((present & ~(3L << 62)) | flags << 62);
        values.add(alignedEnd | flags << 62);
      }
    }
    if (width == 4) {
      for (int limit : new int[] {1024, 65535, 65536, 1 << 20, 4 << 20, 8 << 20, 64 << 20}) {
        values.addAll(List.of(limit - 1L, (long) limit, limit + 1L));
      }
    }
    values.addAll(meaningful);
    for (int bit = 0; bit < 8 * width; bit++) {
      values.add(present ^ 1L << bit);
    }
    return values.stream()
        .map(value -> value & max)
        .distinct()
        .filter(value -> value != present)
        .map(this::set)
        .toList();
  }
}
