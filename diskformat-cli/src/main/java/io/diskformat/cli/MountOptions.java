package io.diskformat.cli;

import io.diskformat.filesystem.FileTrees;
import io.diskformat.inside.Disk;
import io.diskformat.inside.GuestSystem;
import io.diskformat.inside.Volume;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The options that say where in the tree of a guest's files its volumes are. */
final class MountOptions {
  private final Argument mounts;
  private final Argument inspected;

  MountOptions(Declaration verb) {
    mounts =
        verb.options(
            "DEVICE[:PLACE]",
            "A volume, and where its files are: / if not given. Several make one tree. Need not be"
                + " given if only one volume has files, or one operating system is there: then this"
                + " is as with -i.",
            "-m",
            "--mount");
    inspected =
        verb.flag(
            "Mount the volumes of the operating system as its fstab says.", "-i", "--inspector");
  }

  /** Returns whether any of them was given. */
  boolean areGiven() {
    return mounts.isGiven() || inspected.isGiven();
  }

  /**
   * Returns the names of volumes by where they are: those that were given, those of the operating
   * system, or the only one that has files. Those of the only operating system need not be asked
   * for, as with virt-cat.
   *
   * @throws IllegalArgumentException if that makes no sense, or is not clear
   */
  Map<String, String> places(Disk disk) throws IOException {
    Map<String, String> places = new LinkedHashMap<>();
    for (String mount : mounts.values()) {
      String[] parts = mount.split(":", -1);
      String place = parts.length > 1 ? parts[1] : "/";
      if (parts.length > 2 || places.containsKey(place)) {
        throw new IllegalArgumentException("-m DEVICE[:PLACE] makes no sense: " + mount);
      }
      places.put(place, disk.volume(parts[0]).name());
    }
    if (inspected.isGiven()) {
      if (!places.isEmpty()) {
        throw new IllegalArgumentException("-i and -m exclude each other");
      }
      return ofSystem(disk);
    }
    return places.isEmpty() ? obvious(disk) : places;
  }

  /** Returns what is to be said of volumes that are read. */
  static List<String> problems(Disk disk, Collection<String> volumes) {
    return disk.problems().stream()
        .filter(problem -> volumes.stream().anyMatch(name -> problem.startsWith(name + ": ")))
        .toList();
  }

  private static Map<String, String> ofSystem(Disk disk) throws IOException {
    List<GuestSystem> systems = disk.systems();
    if (systems.size() == 1) {
      return systems.getFirst().mounts();
    }
    throw new IllegalArgumentException(
        systems.isEmpty()
            ? "no volume has an operating system"
            : "there are several operating systems, on "
                + String.join(" and ", systems.stream().map(GuestSystem::root).toList()));
  }

  private static Map<String, String> obvious(Disk disk) throws IOException {
    List<String> names = new ArrayList<>();
    for (Volume volume : disk.volumes()) {
      if (volume.problem().isEmpty() && FileTrees.probe(volume.device()).isPresent()) {
        names.add(volume.name());
      }
    }
    if (names.isEmpty()) {
      throw new IllegalArgumentException(
          "no volume has files that can be read; diskformat filesystems lists what there is");
    }
    if (names.size() == 1) {
      return Map.of("/", names.getFirst());
    }
    List<GuestSystem> systems = disk.systems();
    if (systems.size() == 1) {
      return systems.getFirst().mounts();
    }
    throw new IllegalArgumentException("-m DEVICE is missing: " + String.join(" or ", names));
  }
}
