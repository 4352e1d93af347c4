package io.diskformat.cli;

import io.diskformat.BlockDevice;
import io.diskformat.inside.Volume;
import io.diskformat.inside.content.Content;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The commands of guestfish that are known, and what those do that are about images and volumes.
 */
final class FishCommands {
  /** Other names of commands. */
  private static final Map<String, String> SAME =
      Map.ofEntries(
          Map.entry("launch", "run"),
          Map.entry("add", "add-drive"),
          Map.entry("a", "add-drive"),
          Map.entry("add-ro", "add-drive-ro"),
          Map.entry("unmount", "umount"),
          Map.entry("unmount-all", "umount-all"),
          Map.entry("quit", "exit"),
          Map.entry("q", "exit"),
          Map.entry("vi", "edit"),
          Map.entry("emacs", "edit"),
          Map.entry("tar-in-opts", "tar-in"),
          Map.entry("tar-out-opts", "tar-out"),
          Map.entry("is-file-opts", "is-file"),
          Map.entry("is-dir-opts", "is-dir"),
          Map.entry("add-drive-opts", "add-drive"));

  private static final Map<String, FishCommand> ALL = new LinkedHashMap<>();

  static {
    FishReading.addTo(ALL);
    FishChanges.addTo(ALL);
    FishArchives.addTo(ALL);
    FishPartitions.addTo(ALL);
    FishInspection.addTo(ALL);
    ALL.put(
        "add-drive",
        new FishCommand(
            "IMAGE [format:FMT] [readonly:true]", 1, 3, (fish, all) -> add(fish, all, false)));
    ALL.put(
        "add-drive-ro",
        new FishCommand("IMAGE [format:FMT]", 1, 3, (fish, all) -> add(fish, all, true)));
    ALL.put("run", FishCommand.of("", (fish, _) -> fish.session().disk()));
    ALL.put("mount", FishCommand.of("DEVICE PLACE", (fish, all) -> mount(fish, all, false)));
    ALL.put("mount-ro", FishCommand.of("DEVICE PLACE", (fish, all) -> mount(fish, all, true)));
    ALL.put(
        "mount-options",
        FishCommand.of(
            "OPTIONS DEVICE PLACE",
            (fish, all) ->
                mount(
                    fish,
                    all.subList(1, 3),
                    List.of(all.getFirst().split(",", -1)).contains("ro"))));
    ALL.put(
        "umount", FishCommand.of("PLACE", (fish, all) -> fish.session().unmount(all.getFirst())));
    ALL.put("umount-all", FishCommand.of("", (fish, _) -> fish.session().unmountAll()));
    ALL.put("sync", FishCommand.of("", (fish, _) -> fish.session().commit()));
    ALL.put("shutdown", FishCommand.of("", (fish, _) -> fish.session().commit()));
    ALL.put("exit", FishCommand.of("", (fish, _) -> fish.end()));
    ALL.put("list-filesystems", FishCommand.of("", FishCommands::listFileSystems));
    ALL.put("list-devices", FishCommand.of("", FishCommands::listDevices));
    ALL.put("list-partitions", FishCommand.of("", (fish, _) -> list(fish, Volume.Kind.PARTITION)));
    ALL.put("pvs", FishCommand.of("", FishCommands::listPhysical));
    ALL.put("vgs", FishCommand.of("", FishCommands::listGroups));
    ALL.put("lvs", FishCommand.of("", (fish, _) -> list(fish, Volume.Kind.LOGICAL)));
    ALL.put(
        "vfs-type",
        FishCommand.of("DEVICE", (fish, all) -> fish.print(volume(fish, all).content().type())));
    ALL.put(
        "vfs-label",
        FishCommand.of("DEVICE", (fish, all) -> fish.print(volume(fish, all).content().label())));
    ALL.put(
        "vfs-uuid",
        FishCommand.of("DEVICE", (fish, all) -> fish.print(volume(fish, all).content().uuid())));
    ALL.put("blkid", FishCommand.of("DEVICE", FishCommands::identify));
    ALL.put(
        "blockdev-getsize64",
        FishCommand.of(
            "DEVICE", (fish, all) -> fish.print(Long.toString(size(fish, all.getFirst())))));
    ALL.put("mountpoints", FishCommand.of("", FishCommands::mountPoints));
    ALL.put("mounts", FishCommand.of("", FishCommands::mounted));
    ALL.put(
        "echo",
        new FishCommand(
            "[TEXT...]", 0, FishCommand.ANY, (fish, all) -> fish.print(String.join(" ", all))));
    ALL.put("help", new FishCommand("[COMMAND]", 0, 1, FishCommands::help));
  }

  private FishCommands() {}

  /** Returns a command by one of its names. */
  static Optional<FishCommand> named(String name) {
    // guestfish takes both.
    String written = name.replace('_', '-');
    return Optional.ofNullable(ALL.get(SAME.getOrDefault(written, written)));
  }

  private static void help(Fish fish, List<String> arguments) throws IOException {
    for (Map.Entry<String, FishCommand> command : ALL.entrySet()) {
      if (arguments.isEmpty() || command.getKey().equals(arguments.getFirst())) {
        fish.terminal().line((command.getKey() + " " + command.getValue().usage()).strip());
      }
    }
    if (arguments.isEmpty()) {
      fish.terminal().line("glob COMMAND [ARGUMENT...]");
    }
  }

  private static void add(Fish fish, List<String> arguments, boolean readOnly) throws IOException {
    String format = null;
    boolean reads = readOnly;
    for (String option : arguments.subList(1, arguments.size())) {
      String value = option.substring(option.indexOf(':') + 1);
      if (option.startsWith("format:")) {
        format = value;
      } else if (option.startsWith("readonly:")) {
        reads = reads || value.equals("true") || value.equals("1");
      } else {
        throw new IllegalArgumentException("the option " + option + " is not supported");
      }
    }
    fish.session().add(new GuestSession.Added(arguments.getFirst(), format, reads));
  }

  private static void mount(Fish fish, List<String> arguments, boolean readOnly)
      throws IOException {
    fish.session().mount(arguments.getFirst(), arguments.get(1), readOnly);
    String volume = volume(fish, arguments).name();
    for (String problem : MountOptions.problems(fish.session().disk(), List.of(volume))) {
      fish.terminal().error(problem);
    }
  }

  private static void listFileSystems(Fish fish, List<String> arguments) throws IOException {
    for (Volume volume : fish.session().disk().volumes()) {
      String type = volume.content().type();
      // Parts of something else hold no file system.
      if (!type.contains("_member") && !type.startsWith("crypto_") && !type.equals("BitLocker")) {
        fish.print(volume.name() + ": " + type);
      }
    }
  }

  private static void listDevices(Fish fish, List<String> arguments) throws IOException {
    Set<String> names = new TreeSet<>();
    for (Volume volume : fish.session().disk().volumes()) {
      switch (volume.kind()) {
        case DISK -> names.add(volume.name());
        case PARTITION -> names.add(volume.parent());
        case LOGICAL -> {}
      }
    }
    for (String name : names) {
      fish.print(name);
    }
  }

  private static void list(Fish fish, Volume.Kind kind) throws IOException {
    for (Volume volume : fish.session().disk().volumes()) {
      if (volume.kind() == kind) {
        fish.print(volume.name());
      }
    }
  }

  private static void listPhysical(Fish fish, List<String> arguments) throws IOException {
    for (Volume volume : fish.session().disk().volumes()) {
      if (volume.content().type().equals("LVM2_member")) {
        fish.print(volume.name());
      }
    }
  }

  private static void listGroups(Fish fish, List<String> arguments) throws IOException {
    Set<String> names = new TreeSet<>();
    for (Volume volume : fish.session().disk().volumes()) {
      if (volume.kind() == Volume.Kind.LOGICAL) {
        names.add(volume.parent());
      }
    }
    for (String name : names) {
      fish.print(name);
    }
  }

  private static void identify(Fish fish, List<String> arguments) throws IOException {
    Content content = volume(fish, arguments).content();
    Map<String, String> known = new TreeMap<>();
    known.put("TYPE", content.type());
    known.put("LABEL", content.label());
    known.put("UUID", content.uuid());
    for (Map.Entry<String, String> each : known.entrySet()) {
      if (!each.getValue().isEmpty()) {
        fish.print(each.getKey() + ": " + each.getValue());
      }
    }
  }

  private static Volume volume(Fish fish, List<String> arguments) throws IOException {
    return fish.session().disk().volume(arguments.getFirst());
  }

  /** Returns the size of a volume, or of a whole disk. */
  private static long size(Fish fish, String name) throws IOException {
    List<BlockDevice> images = fish.session().images();
    for (int i = 0; i < images.size(); i++) {
      if (name.equals("/dev/sd" + (char) ('a' + i))) {
        return images.get(i).size();
      }
    }
    return fish.session().disk().volume(name).device().size();
  }

  private static void mountPoints(Fish fish, List<String> arguments) throws IOException {
    for (Map.Entry<String, GuestSession.Mount> mount : fish.session().mounts().entrySet()) {
      fish.print(mount.getValue().volume() + ": " + mount.getKey());
    }
  }

  private static void mounted(Fish fish, List<String> arguments) throws IOException {
    for (GuestSession.Mount mount : fish.session().mounts().values()) {
      fish.print(mount.volume());
    }
  }
}
