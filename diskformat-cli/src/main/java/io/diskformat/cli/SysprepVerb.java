package io.diskformat.cli;

import io.diskformat.inside.Sysprep;
import io.diskformat.inside.SysprepOperation;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystemException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** The verb {@code sysprep}. */
final class SysprepVerb extends ImageVerb {
  private final Argument images =
      options("IMAGE", "An image. Several are the disks of one guest.", "-a", "--add");
  private final MountOptions mounts = new MountOptions(this);
  private final Argument operations =
      options(
          "NAMES",
          "Operations to be done, with commas between them: default for all that are done if this"
              + " is not given, all for all there are, -NAME to leave one out.",
          "--operations",
          "--enable");
  private final Argument listing =
      flag("List the operations, * before the default ones.", "--list-operations");
  private final Argument dryRun =
      flag("Say what would be changed, and change nothing.", "-n", "--dry-run");
  private final Argument json = flag("Write what is changed in JSON.", "--json");
  private final Argument verbose = flag("Say what is changed.", "-v", "--verbose");

  SysprepVerb() {
    super(
        "sysprep",
        "Makes a template of a guest: removes its logs, keys and other things of its own.",
        "-f",
        "--format");
    footer(
        "All of it is written, or nothing. Volumes are those that -m names, or else those of the"
            + " operating system. Operations are those of virt-sysprep that only remove, empty and"
            + " rewrite files; no program of the guest is run.");
  }

  @Override
  boolean needsParameters() {
    return !listing.isGiven();
  }

  @Override
  int run(Terminal terminal) throws IOException {
    if (listing.isGiven()) {
      for (SysprepOperation operation : Sysprep.operations()) {
        terminal.line(
            "%-24s %s %s"
                .formatted(
                    operation.name(), operation.isDefault() ? "*" : " ", operation.description()));
      }
      return 0;
    }
    List<String> names = images.values();
    if (names.isEmpty()) {
      throw new IllegalArgumentException("-a IMAGE is missing");
    }
    Set<String> chosen = chosen();
    try (GuestSession session =
        new GuestSession(
            (image, writing) -> GuestChangeVerb.open(this, terminal, image, writing))) {
      for (String name : names) {
        session.add(new GuestSession.Added(name, format(), dryRun.isGiven()));
      }
      for (Map.Entry<String, String> place : mounts.places(session.disk()).entrySet()) {
        session.mount(place.getValue(), place.getKey(), dryRun.isGiven());
      }
      FileSystem files = dryRun.isGiven() ? session.files() : session.changing();
      prepare(Sysprep.of(files).operations(chosen), terminal);
      session.commit();
      return 0;
    } catch (FileSystemException e) {
      throw names.contains(e.getFile()) ? e : PathErrors.inside(names.getFirst(), e);
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
  }

  private Set<String> chosen() {
    Set<String> chosen = new LinkedHashSet<>();
    List<String> words =
        operations.values().stream().flatMap(value -> Arrays.stream(value.split(",", -1))).toList();
    for (String word : words.isEmpty() ? List.of("default") : words) {
      boolean less = word.startsWith("-");
      String name = less ? word.substring(1) : word;
      List<String> meant =
          Sysprep.operations().stream()
              .filter(operation ->
                  switch (name) {
                    case "all" -> true;
                    case "default", "defaults" -> operation.isDefault();
                    default -> operation.name().equals(name);
                  })
              .map(SysprepOperation::name)
              .toList();
      if (meant.isEmpty()) {
        throw new IllegalArgumentException(
            "no operation \"" + name + "\"; --list-operations lists those there are");
      }
      if (less) {
        chosen.removeAll(meant);
      } else {
        chosen.addAll(meant);
      }
    }
    return chosen;
  }

  private void prepare(Sysprep sysprep, Terminal terminal) throws IOException {
    List<Object> objects = new ArrayList<>();
    boolean isSaid = verbose.isGiven() || dryRun.isGiven();
    long changed =
        (dryRun.isGiven() ? sysprep.dryRun() : sysprep)
            .run(change -> {
              String kind = change.kind().name().toLowerCase(Locale.ROOT);
              if (json.isGiven()) {
                Map<String, Object> members = new LinkedHashMap<>();
                members.put("operation", change.operation());
                members.put("change", kind);
                members.put("path", change.path());
                objects.add(members);
              } else if (isSaid) {
                terminal.line(
                    change.operation() + ": " + kind + " " + Terminal.printable(change.path()));
              }
            });
    if (json.isGiven()) {
      new Json(terminal).write(objects);
    } else if (isSaid) {
      terminal.line(changed == 1 ? "1 file" : changed + " files");
    }
  }
}
