package io.diskformat.inside;

import io.diskformat.BlockDevice;
import io.diskformat.DiskFormatException;
import io.diskformat.Extent;
import io.diskformat.ExtentCursor;
import io.diskformat.filesystem.FileTrees;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The space on the disks of a guest that its file systems do not use: ext2, ext3, ext4, XFS and
 * FAT, on partitions and logical volumes. Deleted content that is still stored there need not be
 * copied.
 *
 * <pre>{@code
 * FreeSpace free = FreeSpace.of(Set.of(), image);
 * Conversion.from(free.without(0)).to(path, CreateOptions.format("qcow2")).run();
 * }</pre>
 *
 * A file system that was not unmounted, or that does not agree with itself, is left as it is, and
 * so is one of any other kind: {@link #volumes} says so. Nobody should write the disks meanwhile.
 * Immutable and thread-safe.
 */
public final class FreeSpace {
  private static final Set<String> TYPES = Set.of("ext2", "ext3", "ext4", "xfs", "vfat");

  /**
   * The free space of a volume.
   *
   * @param name of the volume
   * @param type of what it holds
   * @param bytes how many bytes are free
   * @param problem why the volume is left as it is; or nothing
   */
  public record OfVolume(String name, String type, long bytes, String problem) {}

  private final List<BlockDevice> disks;
  private final List<RangeList> ranges;
  private final List<OfVolume> volumes;

  private FreeSpace(List<BlockDevice> disks, List<RangeList> ranges, List<OfVolume> volumes) {
    this.disks = List.copyOf(disks);
    this.ranges = List.copyOf(ranges);
    this.volumes = List.copyOf(volumes);
  }

  /**
   * Finds what is free.
   *
   * @param ignored the names of volumes to be left as they are, as {@link Disk#volume} has them
   * @param disks images as a rule; they stay the caller's
   * @throws IllegalArgumentException if there are no disks
   * @throws DiskFormatException if there is no volume of an ignored name, or what a disk says of
   *     itself makes no sense
   * @throws IOException if a disk cannot be read
   */
  public static FreeSpace of(Set<String> ignored, BlockDevice... disks) throws IOException {
    BlockDevice[] traced = new BlockDevice[disks.length];
    List<RangeList> ranges = new ArrayList<>();
    for (int i = 0; i < disks.length; i++) {
      traced[i] = new TracedDevice(disks[i], Integer.toString(i));
      ranges.add(new RangeList());
    }
    Disk disk = Disk.of(traced);
    Set<String> left = new HashSet<>();
    for (String name : ignored) {
      boolean _ = left.add(disk.volume(name).name());
    }
    Set<String> overlapping = overlapping(disk.volumes());
    List<OfVolume> found = new ArrayList<>();
    for (Volume volume : disk.volumes()) {
      if (!left.contains(volume.name())) {
        found.add(find(volume, shared(disk, volume, overlapping), ranges));
      }
    }
    ranges.forEach(RangeList::sort);
    return new FreeSpace(List.of(disks), ranges, found);
  }

  /** Returns why what is free on a volume may be in use elsewhere, or nothing. */
  private static String shared(Disk disk, Volume volume, Set<String> overlapping) {
    if (overlapping.contains(volume.name())) {
      return "overlaps another partition";
    }
    if (volume.kind() == Volume.Kind.LOGICAL && !overlapping.isEmpty()) {
      return "may be on a partition that overlaps another one";
    }
    boolean inDisc =
        volume.kind() == Volume.Kind.PARTITION
            && disk.volumes().stream().anyMatch(other -> other.name().equals(volume.parent()));
    if (inDisc) {
      return "may be a file of the disc that it is on";
    }
    return disk.hasSnapshot(volume) ? "has an LVM snapshot, which needs all of it" : "";
  }

  /** Free space of one of two overlapping partitions may be in use in the other. */
  private static Set<String> overlapping(List<Volume> volumes) {
    Set<String> names = new HashSet<>();
    List<Volume> partitions =
        volumes.stream()
            .filter(volume -> volume.partition().isPresent())
            .sorted(
                Comparator.comparing(Volume::parent)
                    .thenComparingLong(volume -> volume.partition().orElseThrow().offset()))
            .toList();
    for (int i = 0; i < partitions.size(); i++) {
      for (int j = i + 1; j < partitions.size(); j++) {
        Volume one = partitions.get(i);
        Volume other = partitions.get(j);
        if (!one.parent().equals(other.parent())
            || one.partition().orElseThrow().end() <= other.partition().orElseThrow().offset()) {
          break;
        }
        names.add(one.name());
        names.add(other.name());
      }
    }
    return names;
  }

  /**
   * Finds the free space of a volume.
   *
   * @param shared why what is free may be in use elsewhere, or nothing
   */
  private static OfVolume find(Volume volume, String shared, List<RangeList> ranges)
      throws IOException {
    String type = volume.content().type();
    if (!volume.problem().isEmpty()) {
      return new OfVolume(volume.name(), type, 0, volume.problem());
    }
    if (!TYPES.contains(type) || !shared.isEmpty()) {
      return new OfVolume(
          volume.name(),
          type,
          0,
          shared.isEmpty() ? "what is free of " + type + " is not known" : shared);
    }
    List<RangeList> own = ranges.stream().map(_ -> new RangeList()).toList();
    try {
      FileTrees.freeRanges(
          volume.device(), (offset, length) -> trace(volume.device(), offset, length, own));
    } catch (DiskFormatException e) {
      return new OfVolume(volume.name(), type, 0, String.valueOf(e.getMessage()));
    }
    long bytes = 0;
    for (int i = 0; i < own.size(); i++) {
      bytes += own.get(i).bytes();
      ranges.get(i).addAll(own.get(i));
    }
    return new OfVolume(volume.name(), type, bytes, "");
  }

  /** Adds where on the disks a range of a volume is. */
  private static void trace(BlockDevice device, long offset, long length, List<RangeList> own)
      throws IOException {
    ExtentCursor extents = device.extents(offset, length);
    for (Extent extent = extents.next(); extent != null; extent = extents.next()) {
      String mark = extent.hostFile();
      if (mark != null && extent.hostOffset() >= 0) {
        own.get(Integer.parseInt(mark)).add(extent.hostOffset(), extent.length());
      }
    }
  }

  /** Returns what was found of each volume that is not ignored. */
  public List<OfVolume> volumes() {
    return volumes;
  }

  /** Returns how many bytes are free in all. */
  public long bytes() {
    return ranges.stream().mapToLong(RangeList::bytes).sum();
  }

  /**
   * Returns a view of a disk in which the free space is holes and reads as zeroes. It is read-only,
   * and closing it leaves the disk open.
   *
   * @param disk its number, from 0 on, in the order in which they were given
   * @throws IndexOutOfBoundsException if there is none
   */
  public BlockDevice without(int disk) {
    return new SparseDevice(disks.get(disk), ranges.get(disk));
  }

  /**
   * Discards the free space on the disks themselves, so that their formats can give it back to the
   * host, and makes that durable. It then reads as zeroes, or as before.
   *
   * @throws UnsupportedOperationException if a disk is not writable
   * @throws IOException if that fails; a part may be discarded
   */
  public void discard() throws IOException {
    for (int i = 0; i < disks.size(); i++) {
      RangeList free = ranges.get(i);
      for (int j = 0; j < free.count(); j++) {
        disks.get(i).discard(free.start(j), free.end(j) - free.start(j));
      }
      disks.get(i).flush();
    }
  }
}
