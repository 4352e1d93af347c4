package io.diskformat.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The commands of guestfish that change files. */
final class FishChanges {
  private static final int DECIMAL = 10;

  private FishChanges() {}

  /** What a command does to files. */
  @FunctionalInterface
  private interface Change {
    void make(GuestChanges changes, List<String> arguments) throws IOException;
  }

  private static FishCommand change(String usage, Change change) {
    return FishCommand.of(usage, (fish, all) -> change.make(fish.changes(), all));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  static void addTo(Map<String, FishCommand> all) {
    all.put(
        "write", change("PATH TEXT", (it, args) -> it.write(args.getFirst(), bytes(args.get(1)))));
    all.put(
        "write-append",
        change("PATH TEXT", (it, args) -> it.append(args.getFirst(), bytes(args.get(1)))));
    all.put("upload", FishCommand.of("FILE PATH", FishChanges::upload));
    all.put(
        "copy-in", new FishCommand("FILE... DIRECTORY", 2, FishCommand.ANY, FishChanges::copyIn));
    all.put("edit", new FishCommand("PATH", 1, 1, FishChanges::edit));
    all.put("rm", change("PATH", (it, args) -> it.removeFile(args.getFirst(), false)));
    all.put("rm-f", change("PATH", (it, args) -> it.removeFile(args.getFirst(), true)));
    all.put("rm-rf", change("PATH", (it, args) -> it.removeAll(args.getFirst(), true)));
    all.put("rmdir", change("PATH", (it, args) -> it.removeDirectory(args.getFirst())));
    all.put("mkdir", change("PATH", (it, args) -> it.makeDirectory(args.getFirst())));
    all.put("mkdir-p", change("PATH", (it, args) -> it.makeDirectories(args.getFirst())));
    all.put("mkdir-mode", change("PATH MODE", FishChanges::makeWithMode));
    all.put("touch", change("PATH", (it, args) -> it.touch(args.getFirst())));
    all.put(
        "chmod", change("MODE PATH", (it, args) -> it.setMode(args.get(1), mode(args.getFirst()))));
    all.put("chown", change("OWNER GROUP PATH", (it, args) -> own(it, args)));
    all.put(
        "lchown",
        change("OWNER GROUP PATH", (it, args) -> own(it, args, LinkOption.NOFOLLOW_LINKS)));
    all.put("truncate", change("PATH", (it, args) -> it.truncate(args.getFirst(), 0)));
    all.put(
        "truncate-size",
        change(
            "PATH SIZE",
            (it, args) ->
                it.truncate(args.getFirst(), GuestChangeVerb.number(args.get(1), DECIMAL))));
    all.put("mv", change("PATH TARGET", (it, args) -> it.move(args.getFirst(), args.get(1))));
    all.put(
        "cp", change("PATH TARGET", (it, args) -> it.copy(args.getFirst(), args.get(1), false)));
    all.put(
        "cp-r",
        change("PATH TARGET", (it, args) -> it.copyAll(args.getFirst(), args.get(1), false)));
    all.put(
        "cp-a",
        change("PATH TARGET", (it, args) -> it.copyAll(args.getFirst(), args.get(1), true)));
    all.put(
        "ln-s", change("TARGET PATH", (it, args) -> it.link(args.getFirst(), args.get(1), false)));
    all.put(
        "ln-sf", change("TARGET PATH", (it, args) -> it.link(args.getFirst(), args.get(1), true)));
  }

  private static void own(GuestChanges changes, List<String> arguments, LinkOption... options)
      throws IOException {
    changes.setOwner(
        arguments.get(2),
        GuestChangeVerb.number(arguments.getFirst(), DECIMAL),
        GuestChangeVerb.number(arguments.get(1), DECIMAL),
        options);
  }

  /** To guestfish, a mode without a zero before it is decimal, which nobody wants. */
  private static int mode(String text) {
    if (!text.startsWith("0")) {
      throw new IllegalArgumentException("a mode begins with 0, as 0" + text + " does");
    }
    return GuestChangeVerb.mode(text);
  }

  private static void makeWithMode(GuestChanges changes, List<String> arguments)
      throws IOException {
    int mode = mode(arguments.get(1));
    changes.makeDirectory(arguments.getFirst());
    changes.setMode(arguments.getFirst(), mode);
  }

  private static void upload(Fish fish, List<String> arguments) throws IOException {
    GuestChanges changes = fish.changes();
    try (InputStream in = fish.input(arguments.getFirst())) {
      changes.upload(in, arguments.get(1));
    }
  }

  private static void copyIn(Fish fish, List<String> arguments) throws IOException {
    GuestChanges changes = fish.changes();
    for (String file : arguments.subList(0, arguments.size() - 1)) {
      changes.copyIn(Path.of(file), arguments.getLast());
    }
  }

  private static void edit(Fish fish, List<String> arguments) throws IOException {
    fish.terminal().flush();
    HostEditor.edit(fish.editor(), fish.changes(), arguments.getFirst());
  }
}
