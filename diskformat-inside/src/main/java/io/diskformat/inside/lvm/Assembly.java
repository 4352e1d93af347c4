package io.diskformat.inside.lvm;

import io.diskformat.BlockDevice;
import io.diskformat.DiskFormatException;
import io.diskformat.UnsupportedFeatureException;
import io.diskformat.device.JoinedDevice;
import io.diskformat.device.JoinedDevice.Part;
import io.diskformat.device.ZeroDevice;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Puts the logical volumes of one group together. */
final class Assembly {
  private static final int SECTOR = PhysicalVolumeLabel.SECTOR;
  private static final int MOST_LEVELS = 8;

  /** The most parts of all volumes; more are not written but by parts of parts, many times over. */
  private static final int MOST_PARTS = 200_000;

  private final GroupDescription group;
  private final Map<String, List<BlockDevice>> present;
  private int parts;

  /**
   * Creates an assembly.
   *
   * @param present physical volumes, by their identifiers without hyphens
   */
  Assembly(GroupDescription group, Map<String, List<BlockDevice>> present) {
    this.group = group;
    this.present = present;
  }

  /** Returns all logical volumes that are for users. */
  List<LogicalVolume> volumes(String groupName) {
    List<LogicalVolume> volumes = new ArrayList<>();
    for (GroupDescription.Logical logical : group.logical().values()) {
      if (logical.isVisible()) {
        volumes.add(volume(groupName, logical));
      }
    }
    return volumes;
  }

  private LogicalVolume volume(String groupName, GroupDescription.Logical logical) {
    String name = groupName + "/" + logical.name();
    try {
      return volume(groupName, logical, "", device(name, logical, new HashSet<>()));
    } catch (DiskFormatException e) {
      String message = String.valueOf(e.getMessage());
      String problem =
          message.startsWith(name + ": ") ? message.substring(name.length() + 2) : message;
      long size = size(logical.extents());
      // Each that reads it gets one of its own.
      RefusedDevice refused =
          new RefusedDevice(
              name,
              size,
              () ->
                  e instanceof UnsupportedFeatureException unsupported
                      ? new UnsupportedFeatureException(name, unsupported.feature())
                      : new DiskFormatException(message));
      return volume(groupName, logical, problem, refused);
    }
  }

  private LogicalVolume volume(
      String groupName, GroupDescription.Logical logical, String problem, BlockDevice device) {
    return new LogicalVolume(
        groupName,
        logical.name(),
        problem,
        logical.hasSnapshot(),
        logical.isReadOnly(),
        group.isShared(),
        device);
  }

  /** Returns the bytes of extents, as far as numbers go: more than any disk has is none. */
  private long size(long extents) {
    long bytes = group.extentSize() * SECTOR;
    return extents > Long.MAX_VALUE / bytes ? 0 : extents * bytes;
  }

  private BlockDevice device(String name, GroupDescription.Logical logical, Set<String> above)
      throws DiskFormatException {
    if (!above.add(logical.name()) || above.size() > MOST_LEVELS) {
      throw new DiskFormatException(name + ": is a part of itself");
    }
    if (!logical.refused().isEmpty()) {
      throw new UnsupportedFeatureException(name, logical.refused());
    }
    List<Part> parts = new ArrayList<>();
    long total = 0;
    for (Segment segment : logical.segments()) {
      long size = size(segment.count());
      if (size == 0 || total > Long.MAX_VALUE - size) {
        throw new DiskFormatException(name + ": is larger than any disk");
      }
      total += size;
      parts.add(Part.of(segment(name, segment, size, above)));
    }
    above.remove(logical.name());
    // Where a part cannot be written, none is.
    return parts.stream().allMatch(part -> part.device().isWritable())
        ? JoinedDevice.of(parts)
        : JoinedDevice.reading(parts);
  }

  private BlockDevice segment(String name, Segment segment, long size, Set<String> above)
      throws DiskFormatException {
    return switch (segment.type()) {
      case "zero" -> new ZeroDevice(name, size);
      case "error" ->
          new RefusedDevice(
              name, size, () -> new DiskFormatException(name + ": has an error segment here"));
      case "striped", "raid0" -> striped(name, segment, size, above);
      default ->
          throw new UnsupportedFeatureException(
              name, "LVM segment type " + segment.type() + " in " + name);
    };
  }

  private BlockDevice striped(String name, Segment segment, long size, Set<String> above)
      throws DiskFormatException {
    long each = size / segment.legs().size();
    List<BlockDevice> legs = new ArrayList<>();
    for (Segment.Leg leg : segment.legs()) {
      legs.add(leg(name, leg, each, above));
    }
    if (legs.size() == 1) {
      return legs.getFirst();
    }
    long stripe = segment.stripeSize() * SECTOR;
    if (each % stripe != 0) {
      throw new DiskFormatException(
          name + ": has stripes of %d bytes on parts of %d bytes".formatted(stripe, each));
    }
    return new StripedDevice(name, legs, stripe);
  }

  private BlockDevice leg(String name, Segment.Leg leg, long size, Set<String> above)
      throws DiskFormatException {
    if (++parts > MOST_PARTS) {
      throw new DiskFormatException(name + ": has too many parts");
    }
    GroupDescription.Physical physical = group.physical().get(leg.name());
    if (physical == null) {
      GroupDescription.Logical logical = group.logical().get(leg.name());
      if (logical == null) {
        throw new DiskFormatException(name + ": is on " + leg.name() + ", which there is not");
      }
      return slice(name, device(name, logical, above), size(leg.extent()), size);
    }
    BlockDevice device = physical(name, leg.name(), physical);
    return slice(name, device, physical.start() * SECTOR + size(leg.extent()), size);
  }

  private BlockDevice physical(String name, String inText, GroupDescription.Physical physical)
      throws DiskFormatException {
    List<BlockDevice> devices = present.getOrDefault(physical.id(), List.of());
    if (devices.isEmpty() || physical.missing()) {
      throw new DiskFormatException(
          name + ": the physical volume " + inText + " is missing, " + physical.id());
    }
    if (devices.size() > 1) {
      throw new DiskFormatException(
          name + ": the physical volume " + inText + " is there twice, " + physical.id());
    }
    return devices.getFirst();
  }

  private static BlockDevice slice(String name, BlockDevice device, long offset, long size)
      throws DiskFormatException {
    if (offset < 0 || size > device.size() || offset > device.size() - size) {
      throw new DiskFormatException(
          name + ": goes beyond the end of a volume that it is on, at " + device.size());
    }
    return JoinedDevice.slice(device, offset, size);
  }
}
