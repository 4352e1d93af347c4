package io.diskformat.inside;

import io.diskformat.BlockDevice;
import io.diskformat.DiskFormatException;
import io.diskformat.device.JoinedDevice;
import io.diskformat.filesystem.DiskFileSystems;
import io.diskformat.filesystem.FileTrees;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Finds the operating systems of a guest, and which volumes theirs are. */
final class GuestSystems {
  private final List<Volume> volumes;
  private final FstabNames names;

  GuestSystems(List<Volume> volumes) {
    this.volumes = volumes;
    this.names = new FstabNames(volumes);
  }

  List<GuestSystem> find() throws IOException {
    List<GuestSystem> systems = new ArrayList<>();
    for (Volume volume : volumes) {
      if (isReadable(volume)) {
        try (FileSystem files = open(volume)) {
          Path root = files.getPath("/");
          if (isRoot(root)) {
            systems.add(new GuestSystem(name(root), volume.name(), mounts(volume, root)));
          }
        } catch (DiskFormatException e) {
          // What cannot be read is no root.
        }
      }
    }
    return systems;
  }

  private static FileSystem open(Volume volume) throws IOException {
    BlockDevice device = volume.device();
    return DiskFileSystems.open(JoinedDevice.slice(device, 0, device.size()), Map.of());
  }

  private static boolean isReadable(Volume volume) throws IOException {
    try {
      return volume.problem().isEmpty() && FileTrees.probe(volume.device()).isPresent();
    } catch (DiskFormatException e) {
      return false;
    }
  }

  private static boolean isRoot(Path root) {
    return Files.isDirectory(root.resolve("etc"))
        && (Files.isDirectory(root.resolve("bin")) || Files.isDirectory(root.resolve("usr")))
        && (Files.isRegularFile(root.resolve("etc/fstab"))
            || Files.isRegularFile(root.resolve("etc/hosts")));
  }

  private static String name(Path root) throws IOException {
    for (String file : List.of("etc/os-release", "usr/lib/os-release")) {
      String name = GuestText.value(root.resolve(file), "PRETTY_NAME");
      if (!name.isEmpty()) {
        return name;
      }
    }
    for (String file : List.of("etc/redhat-release", "etc/debian_version")) {
      List<String> lines = GuestText.lines(root.resolve(file));
      if (!lines.isEmpty() && !lines.getFirst().isBlank()) {
        return (file.contains("debian") ? "Debian " : "") + lines.getFirst().strip();
      }
    }
    return "";
  }

  private Map<String, String> mounts(Volume volume, Path root) throws IOException {
    Map<String, String> mounts = new LinkedHashMap<>();
    mounts.put("/", volume.name());
    for (String line : GuestText.lines(root.resolve("etc/fstab"))) {
      String[] fields = line.strip().split("[ \t]+", -1);
      if (fields.length >= 2 && !fields[0].startsWith("#") && fields[1].startsWith("/")) {
        String place = place(fields[1]);
        Optional<Volume> mounted = names.find(fields[0]);
        // A volume is in one place of the tree: the first.
        if (!place.isEmpty()
            && mounted.isPresent()
            && !mounts.containsValue(mounted.get().name())
            && isReadable(mounted.get())) {
          mounts.putIfAbsent(place, mounted.get().name());
        }
      }
    }
    return mounts;
  }

  /** Returns where a volume is mounted, or nothing for the root and for what is no place. */
  private static String place(String field) {
    try {
      return MountedTree.place(field.replace("\\040", " "));
    } catch (IllegalArgumentException e) {
      return "";
    }
  }
}
