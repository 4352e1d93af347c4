package io.diskformat.inside.lvm;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A volume group, as its text describes it.
 *
 * @param sequence of its changes
 * @param extentSize in sectors of 512 bytes
 * @param isShared whether several systems use it at once
 * @param remarks what else is to be known of it, each in a few words
 * @param physical volumes, by their names in the text
 * @param logical volumes, by their names
 */
record GroupDescription(
    String name,
    String id,
    long sequence,
    long extentSize,
    boolean isShared,
    List<String> remarks,
    Map<String, Physical> physical,
    Map<String, Logical> logical) {
  private static final long MOST_SECTORS = 1L << 53;

  /**
   * A physical volume.
   *
   * @param id without hyphens
   * @param start where its first extent is, in sectors of 512 bytes
   * @param count of its extents
   * @param missing whether it was missing when the text was written
   */
  record Physical(String id, long start, long count, boolean missing) {}

  /**
   * A logical volume.
   *
   * @param isVisible whether it is for users, and not a part of another one
   * @param refused what about it is not supported, or nothing
   * @param isReadOnly whether LVM lets nobody write it
   * @param hasSnapshot whether a snapshot has all of its content but what changed since
   */
  record Logical(
      String name,
      String id,
      boolean isVisible,
      String refused,
      boolean isReadOnly,
      boolean hasSnapshot,
      List<Segment> segments) {
    long extents() {
      return segments.stream().mapToLong(Segment::count).sum();
    }
  }

  /**
   * Reads a description.
   *
   * @throws IllegalArgumentException if it makes no sense
   */
  static GroupDescription of(ConfigSection text) {
    List<ConfigSection> groups = text.sections();
    if (groups.size() != 1) {
      throw new IllegalArgumentException("describes " + groups.size() + " groups");
    }
    ConfigSection group = groups.getFirst();
    long extentSize = group.number("extent_size");
    if (extentSize == 0 || extentSize > 1L << 32) {
      throw new IllegalArgumentException("has extents of " + extentSize + " sectors");
    }
    Map<String, Physical> physical = new LinkedHashMap<>();
    for (ConfigSection section : group.section("physical_volumes").sections()) {
      Physical one = physical(section);
      if (one.count() > MOST_SECTORS / extentSize) {
        throw new IllegalArgumentException("has " + one.count() + " extents on " + section.name());
      }
      physical.put(section.name(), one);
    }
    Map<String, Logical> logical = new TreeMap<>();
    if (group.has("logical_volumes")) {
      for (ConfigSection section : group.section("logical_volumes").sections()) {
        logical.put(section.name(), logical(section));
      }
    }
    GroupDescription description =
        new GroupDescription(
            group.name(),
            group.string("id"),
            group.number("seqno"),
            extentSize,
            isShared(group),
            remarks(group),
            physical,
            logical);
    return description.withoutSnapshots(group).checked();
  }

  private static boolean isShared(ConfigSection group) {
    List<?> status = group.list("status");
    return status.contains("CLUSTERED") || status.contains("SHARED") || group.has("lock_type");
  }

  private static List<String> remarks(ConfigSection group) {
    List<String> remarks = new ArrayList<>();
    if (isShared(group)) {
      remarks.add("is used by several systems at once");
    }
    if (group.list("status").contains("EXPORTED")) {
      remarks.add("is exported, which its system undoes before it uses it");
    }
    if (group.has("system_id") && !group.string("system_id").isEmpty()) {
      remarks.add("is that of the system " + group.string("system_id"));
    }
    return List.copyOf(remarks);
  }

  private static Physical physical(ConfigSection section) {
    boolean missing = section.list("flags").contains("MISSING");
    String id = section.string("id").replace("-", "");
    return new Physical(id, section.number("pe_start"), section.number("pe_count"), missing);
  }

  private static Logical logical(ConfigSection section) {
    List<Segment> segments = new ArrayList<>();
    long count = section.number("segment_count");
    long next = 0;
    for (long i = 1; i <= count; i++) {
      Segment segment = Segment.of(section.section("segment" + i));
      if (segment.start() != next || segment.count() == 0) {
        throw new IllegalArgumentException(
            "has a segment of " + section.name() + " that begins at extent " + segment.start());
      }
      next += segment.count();
      segments.add(segment);
    }
    List<?> status = section.list("status");
    String refused = "";
    for (String state : List.of("PVMOVE", "LOCKED")) {
      refused = status.contains(state) ? "LVM volumes that are " + state : refused;
    }
    return new Logical(
        section.name(),
        section.string("id"),
        status.contains("VISIBLE"),
        refused,
        !status.contains("WRITE"),
        false,
        segments);
  }

  /**
   * What holds the changes of a snapshot is no volume, and what they are merged into is neither.
   */
  private GroupDescription withoutSnapshots(ConfigSection group) {
    Map<String, Logical> others = new TreeMap<>(logical);
    if (!group.has("logical_volumes")) {
      return this;
    }
    for (ConfigSection volume : group.section("logical_volumes").sections()) {
      for (ConfigSection segment : volume.sections()) {
        if (segment.has("type") && segment.string("type").equals("snapshot")) {
          for (String key : List.of("cow_store", "merging_store")) {
            if (segment.has(key)) {
              refuse(others, segment.string(key), "LVM snapshots");
            }
          }
          String origin = segment.has("origin") ? segment.string("origin") : "";
          if (segment.has("merging_store")) {
            refuse(others, origin, "LVM snapshots that are being merged");
          }
          others.computeIfPresent(
              origin,
              (_, found) ->
                  new Logical(
                      origin,
                      found.id(),
                      found.isVisible(),
                      found.refused(),
                      found.isReadOnly(),
                      true,
                      found.segments()));
        }
      }
    }
    return new GroupDescription(
        name, id, sequence, extentSize, isShared, remarks, physical, others);
  }

  private static void refuse(Map<String, Logical> volumes, String name, String what) {
    volumes.computeIfPresent(
        name,
        (_, volume) ->
            new Logical(
                name,
                volume.id(),
                volume.isVisible(),
                what,
                volume.isReadOnly(),
                volume.hasSnapshot(),
                volume.segments()));
  }

  /** Checks that segments are on extents that there are, and on no others' extents. */
  private GroupDescription checked() {
    Map<String, TreeMap<Long, Long>> taken = new LinkedHashMap<>();
    for (Logical volume : logical.values()) {
      for (Segment segment : volume.segments()) {
        for (Segment.Leg leg : segment.legs()) {
          Physical on = physical.get(leg.name());
          if (on != null) {
            take(taken, on, leg, segment.countOfLeg(), volume.name());
          } else if (!logical.containsKey(leg.name())) {
            throw new IllegalArgumentException(
                "has the volume " + volume.name() + " on " + leg.name() + ", which there is not");
          }
        }
      }
    }
    return this;
  }

  private static void take(
      Map<String, TreeMap<Long, Long>> all,
      Physical on,
      Segment.Leg leg,
      long count,
      String volume) {
    TreeMap<Long, Long> of = all.computeIfAbsent(leg.name(), _ -> new TreeMap<>());
    long end = leg.extent() + count;
    Map.Entry<Long, Long> before = of.lowerEntry(end);
    boolean taken = before != null && before.getValue() > leg.extent();
    if (end > on.count() || taken) {
      throw new IllegalArgumentException(
          "has the volume %s on the extents %d to %d of %s, which are not all for it"
              .formatted(volume, leg.extent(), end - 1, leg.name()));
    }
    of.put(leg.extent(), end);
  }
}
