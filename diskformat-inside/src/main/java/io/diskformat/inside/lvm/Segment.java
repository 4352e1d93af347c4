package io.diskformat.inside.lvm;

import java.util.ArrayList;
import java.util.List;

/**
 * A part of a logical volume.
 *
 * @param start in extents of the volume
 * @param count of extents
 * @param type as the text has it
 * @param stripeSize in sectors of 512 bytes; 0 if there is one leg
 * @param legs what it is stored on
 */
record Segment(long start, long count, String type, long stripeSize, List<Leg> legs) {

  /**
   * A place on a physical volume, or another logical volume.
   *
   * @param name of that volume in the text
   * @param extent where it begins there
   */
  record Leg(String name, long extent) {}

  /**
   * Reads a segment.
   *
   * @throws IllegalArgumentException if it makes no sense
   */
  static Segment of(ConfigSection section) {
    String type = section.string("type");
    long count = section.number("extent_count");
    List<Leg> legs = new ArrayList<>();
    if (type.equals("striped")) {
      List<?> stripes = section.list("stripes");
      for (int i = 0; i + 1 < stripes.size(); i += 2) {
        if (!(stripes.get(i) instanceof String name)
            || !(stripes.get(i + 1) instanceof Long extent)
            || extent < 0
            || extent >= 1L << 32) {
          throw new IllegalArgumentException("has stripes that make no sense");
        }
        legs.add(new Leg(name, extent));
      }
    } else if (type.equals("raid0")) {
      for (Object name : section.list("raid0_lvs")) {
        legs.add(new Leg(String.valueOf(name), 0));
      }
    }
    if (type.equals("striped") || type.equals("raid0")) {
      check(section, legs.size(), count);
    }
    long stripeSize = legs.size() > 1 ? section.number("stripe_size") : 0;
    if (legs.size() > 1 && (stripeSize == 0 || stripeSize > 1L << 32)) {
      throw new IllegalArgumentException("has stripes of " + stripeSize + " sectors");
    }
    return new Segment(section.number("start_extent"), count, type, stripeSize, legs);
  }

  private static void check(ConfigSection section, int legs, long count) {
    if (legs == 0 || legs != section.number("stripe_count") || count % legs != 0) {
      throw new IllegalArgumentException(
          "has a segment of " + count + " extents in " + legs + " stripes");
    }
  }

  /** Returns how many extents of each leg it takes. */
  long countOfLeg() {
    return legs.isEmpty() ? 0 : count / legs.size();
  }
}
