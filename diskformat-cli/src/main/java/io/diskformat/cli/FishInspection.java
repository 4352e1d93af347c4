package io.diskformat.cli;

import io.diskformat.inside.Disk;
import io.diskformat.inside.GuestSystem;
import io.diskformat.inside.SystemFacts;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;

/** The commands of guestfish that say which operating systems are installed. */
final class FishInspection {
  private FishInspection() {}

  static void addTo(Map<String, FishCommand> all) {
    all.put("inspect-os", FishCommand.of("", (fish, _) -> printRoots(fish)));
    all.put("inspect-get-roots", FishCommand.of("", (fish, _) -> printRoots(fish)));
    all.put("inspect-get-type", fact(SystemFacts::type));
    all.put("inspect-get-distro", fact(SystemFacts::distribution));
    all.put("inspect-get-product-name", fact(SystemFacts::product));
    all.put("inspect-get-major-version", fact(facts -> number(facts, 0)));
    all.put("inspect-get-minor-version", fact(facts -> number(facts, 1)));
    all.put("inspect-get-hostname", fact(SystemFacts::hostname));
    all.put("inspect-get-arch", fact(SystemFacts::architecture));
    all.put("inspect-get-package-format", fact(SystemFacts::packageFormat));
    all.put("inspect-get-package-management", fact(SystemFacts::packageManager));
    all.put("inspect-get-mountpoints", FishCommand.of("ROOT", FishInspection::printMounts));
    all.put("inspect-get-filesystems", FishCommand.of("ROOT", FishInspection::printVolumes));
  }

  private static FishCommand fact(Function<SystemFacts, String> fact) {
    return FishCommand.of(
        "ROOT",
        (fish, args) -> {
          Disk disk = fish.session().disk();
          String known = fact.apply(disk.inspect(system(disk, args.getFirst())));
          fish.print(known.isEmpty() ? "unknown" : known);
        });
  }

  private static String number(SystemFacts facts, int part) {
    String[] parts = facts.version().split("\\.", -1);
    return parts.length > part && !parts[part].isEmpty() ? parts[part] : "0";
  }

  private static GuestSystem system(Disk disk, String root) throws IOException {
    return disk.systems().stream()
        .filter(system -> system.root().equals(root))
        .findFirst()
        .orElseThrow(
            () -> new IllegalArgumentException(root + " is no root that inspect-os lists"));
  }

  private static void printRoots(Fish fish) throws IOException {
    for (GuestSystem system : fish.session().disk().systems()) {
      fish.print(system.root());
    }
  }

  private static void printMounts(Fish fish, List<String> arguments) throws IOException {
    GuestSystem system = system(fish.session().disk(), arguments.getFirst());
    for (Map.Entry<String, String> mount : new TreeMap<>(system.mounts()).entrySet()) {
      fish.print(mount.getKey() + ": " + mount.getValue());
    }
  }

  private static void printVolumes(Fish fish, List<String> arguments) throws IOException {
    GuestSystem system = system(fish.session().disk(), arguments.getFirst());
    for (String volume : new TreeSet<>(system.mounts().values())) {
      fish.print(volume);
    }
  }
}
