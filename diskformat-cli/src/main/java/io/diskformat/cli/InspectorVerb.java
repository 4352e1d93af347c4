package io.diskformat.cli;

import io.diskformat.inside.Disk;
import io.diskformat.inside.GuestSystem;
import io.diskformat.inside.SystemFacts;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The verb {@code inspector}, which {@code inspect} with {@code -a} is, too. */
final class InspectorVerb extends GuestVerb {
  private static final int NONE = 1;

  private final Argument json = flag("Write it in JSON.", "--json");

  InspectorVerb() {
    super("inspector", "Says which operating systems the disks of a guest have.");
    footer(
        "Exit status: 0 if there is one, 1 if there is none. The members of the objects of --json"
            + " are root, name, distro, product_name, version, major_version, hostname,"
            + " package_format, package_management, arch, kernels and mountpoints; those that are"
            + " not known are left out. inspect -a IMAGE says the same.");
  }

  /** Returns whether a word of a command line of {@code inspect} is of this verb. */
  static boolean isNamedBy(String word) {
    return word.equals("-a") || word.equals("--add") || word.startsWith("--add=");
  }

  @Override
  int act(Terminal terminal, Disk disk) throws IOException {
    List<Map<String, Object>> found = new ArrayList<>();
    for (GuestSystem system : disk.systems()) {
      found.add(members(system, disk.inspect(system)));
    }
    if (json.isGiven()) {
      new Json(terminal).write(found);
    } else {
      for (Map<String, Object> system : found) {
        print(system, terminal);
      }
    }
    return found.isEmpty() ? NONE : 0;
  }

  private static Map<String, Object> members(GuestSystem system, SystemFacts facts) {
    Map<String, Object> members = new LinkedHashMap<>();
    members.put("root", system.root());
    members.put("name", facts.type());
    put(members, "distro", facts.distribution());
    put(members, "product_name", facts.product());
    put(members, "version", facts.version());
    put(members, "major_version", facts.version().split("\\.", 2)[0]);
    put(members, "hostname", facts.hostname());
    put(members, "package_format", facts.packageFormat());
    put(members, "package_management", facts.packageManager());
    put(members, "arch", facts.architecture());
    members.put("kernels", facts.kernels());
    members.put("mountpoints", new TreeMap<>(system.mounts()));
    return members;
  }

  private static void put(Map<String, Object> members, String name, String value) {
    if (!value.isEmpty()) {
      members.put(name, value);
    }
  }

  private static void print(Map<String, Object> system, Terminal terminal) throws IOException {
    for (Map.Entry<String, Object> member : system.entrySet()) {
      String name = member.getKey() + ": ";
      switch (member.getValue()) {
        case Map<?, ?> places -> {
          for (Map.Entry<?, ?> place : places.entrySet()) {
            terminal.line(
                "mountpoint: " + Terminal.printable(place.getValue() + " at " + place.getKey()));
          }
        }
        case List<?> several -> {
          for (Object one : several) {
            terminal.line("kernel: " + Terminal.printable(String.valueOf(one)));
          }
        }
        default -> terminal.line(name + Terminal.printable(String.valueOf(member.getValue())));
      }
    }
  }
}
