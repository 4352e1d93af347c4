package io.diskformat.inside.lvm;

import io.diskformat.BlockDevice;
import io.diskformat.DiskFormatException;
import io.diskformat.filesystem.DeviceBytes;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The logical volumes of all groups that are on some volumes.
 *
 * @param volumes in the order of their groups' names and their own
 * @param problems what is wrong with descriptions of groups, each in one sentence
 */
public record LogicalVolumes(List<LogicalVolume> volumes, List<String> problems) {

  /** Copies the lists. */
  public LogicalVolumes {
    volumes = List.copyOf(volumes);
    problems = List.copyOf(problems);
  }

  /**
   * Finds logical volumes.
   *
   * @param devices what may be physical volumes, by their names; they stay the caller's
   * @throws IOException if one of them cannot be read
   */
  public static LogicalVolumes on(Map<String, BlockDevice> devices) throws IOException {
    Map<String, List<BlockDevice>> present = new LinkedHashMap<>();
    List<String> problems = new ArrayList<>();
    Map<String, GroupDescription> groups = new TreeMap<>();
    for (Map.Entry<String, BlockDevice> device : devices.entrySet()) {
      DeviceBytes bytes = new DeviceBytes(device.getValue());
      Optional<PhysicalVolumeLabel> label = PhysicalVolumeLabel.find(bytes);
      if (label.isPresent()) {
        present.computeIfAbsent(label.get().id(), _ -> new ArrayList<>()).add(device.getValue());
        for (PhysicalVolumeLabel.Area area : label.get().metadata()) {
          read(device.getKey(), bytes, area, groups, problems);
        }
      }
    }
    List<LogicalVolume> volumes = new ArrayList<>();
    for (GroupDescription group : groups.values()) {
      group
          .remarks()
          .forEach(remark -> problems.add("the volume group " + group.name() + " " + remark));
      long same = groups.values().stream().filter(one -> one.name().equals(group.name())).count();
      volumes.addAll(new Assembly(group, present).volumes(same == 1 ? group.name() : group.id()));
    }
    return new LogicalVolumes(volumes, problems);
  }

  /** Reads the description of an area, and keeps the newest of each group. */
  private static void read(
      String name,
      DeviceBytes bytes,
      PhysicalVolumeLabel.Area area,
      Map<String, GroupDescription> groups,
      List<String> problems)
      throws IOException {
    try {
      Optional<String> text = MetadataArea.text(bytes, area);
      if (text.isPresent()) {
        keep(name, GroupDescription.of(ConfigText.read(text.get())), groups, problems);
      }
    } catch (IllegalArgumentException e) {
      problems.add(name + ": the metadata of LVM " + e.getMessage());
    } catch (DiskFormatException e) {
      problems.add(name + ": " + e.getMessage());
    }
  }

  private static void keep(
      String name,
      GroupDescription group,
      Map<String, GroupDescription> groups,
      List<String> problems) {
    // Sorted by the name; two groups may have the same.
    String key = group.name() + "/" + group.id();
    GroupDescription known = groups.get(key);
    if (known == null || known.sequence() < group.sequence()) {
      groups.put(key, group);
    } else if (known.sequence() == group.sequence() && !known.equals(group)) {
      problems.add(name + ": the metadata of LVM differs from that of another physical volume");
    }
  }
}
