package io.diskformat.cli;

import io.diskformat.filesystem.FileTrees;
import io.diskformat.inside.Disk;
import io.diskformat.inside.GuestSystem;
import io.diskformat.inside.Volume;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A verb that reads the files of a guest. */
abstract class GuestFilesVerb extends GuestVerb {
  private final Argument mounts =
      options(
          "DEVICE[:PLACE]",
          "A volume, and where its files are: / if not given. Several make one tree. Need not be"
              + " given if only one volume has files.",
          "-m",
          "--mount");

  private final Argument inspected =
      flag("Mount the volumes of the operating system as its fstab says.", "-i", "--inspector");

  GuestFilesVerb(String name, String description) {
    super(name, description);
  }

  @Override
  final int act(Terminal terminal, Disk disk) throws IOException {
    Map<String, String> places = places(disk);
    for (String problem : disk.problems()) {
      if (places.values().stream().anyMatch(name -> problem.startsWith(name + ": "))) {
        terminal.error(problem);
      }
    }
    try (FileSystem files = disk.mount(places)) {
      return act(terminal, files);
    }
  }

  private Map<String, String> places(Disk disk) throws IOException {
    Map<String, String> places = new LinkedHashMap<>();
    for (String mount : mounts.values()) {
      String[] parts = mount.split(":", -1);
      String place = parts.length > 1 ? parts[1] : "/";
      if (parts.length > 2 || places.put(place, parts[0]) != null) {
        throw new IllegalArgumentException("-m DEVICE[:PLACE] makes no sense: " + mount);
      }
    }
    if (inspected.isGiven()) {
      if (!places.isEmpty()) {
        throw new IllegalArgumentException("-i and -m exclude each other");
      }
      return ofSystem(disk);
    }
    return places.isEmpty() ? Map.of("/", only(disk)) : places;
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

  private static String only(Disk disk) throws IOException {
    List<String> names = new ArrayList<>();
    for (Volume volume : disk.volumes()) {
      if (volume.problem().isEmpty() && FileTrees.probe(volume.device()).isPresent()) {
        names.add(volume.name());
      }
    }
    if (names.size() != 1) {
      throw new IllegalArgumentException(
          names.isEmpty()
              ? "no volume has files that can be read; diskformat filesystems lists what there is"
              : "-m DEVICE is missing: " + String.join(" or ", names));
    }
    return names.getFirst();
  }

  /** Does what the verb says, and returns the exit status. */
  abstract int act(Terminal terminal, FileSystem files) throws IOException;
}
