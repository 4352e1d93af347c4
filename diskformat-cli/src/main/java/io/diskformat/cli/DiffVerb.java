package io.diskformat.cli;

import io.diskformat.BlockDevice;
import io.diskformat.filesystem.FileChange;
import io.diskformat.filesystem.FileFacts;
import io.diskformat.filesystem.TreeComparison;
import io.diskformat.inside.Disk;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The verb {@code diff}. */
final class DiffVerb extends ReadingVerb {
  private static final int BUFFER = 1 << 16;

  private final Argument firstImages =
      options("IMAGE", "An image of the first guest.", "-a", "--add");
  private final Argument secondImages = options("IMAGE", "An image of the second guest.", "-A");
  private final Argument secondFormat = option("FMT", "The second guest's format.", "-F");
  private final MountOptions mounts = new MountOptions(this);
  private final Argument all =
      flag("Compare owners, times and extended attributes, too.", "--all", "--extra-stats");
  private final Argument times = flag("Compare when files were modified, too.", "--times");
  private final Argument owners = flag("Compare owners and groups, too.", "--uids");
  private final Argument attributes =
      flag("Compare extended attributes of users, too.", "--xattrs");
  private final Argument checksum =
      flag("Show SHA-256 of regular files that differ.", "--checksum");
  private final Argument csv = flag("Write it as comma-separated values.", "--csv");
  private final Argument json = flag("Write it in JSON.", "--json");
  private final Argument quiet = flag("Say nothing.", "-q", "--quiet");

  DiffVerb() {
    super("diff", "Lists the files in which two guests differ.");
    synopsis("-a IMAGE -A IMAGE");
    footer(
        "A line begins with - for a file that the second guest does not have, + for one that the"
            + " first does not have, and = for one that differs, of which the next line says in"
            + " what. What counts is which files there are, of what kind, with what permissions and"
            + " content. Volumes are those that -m names, of both guests; or else those of the"
            + " operating system, or the only one with files. Exit status: 0 if nothing differs, 1"
            + " if something does, 2 if it could not be found out.");
  }

  @Override
  int failureStatus() {
    return 2;
  }

  @Override
  int run(Terminal terminal) throws IOException {
    List<String> first = firstImages.values();
    List<String> second = secondImages.values();
    if (first.isEmpty() || second.isEmpty()) {
      throw new IllegalArgumentException("-a IMAGE or -A IMAGE is missing");
    }
    if (csv.isGiven() && json.isGiven()) {
      throw new IllegalArgumentException("--csv and --json exclude each other");
    }
    List<BlockDevice> opened = new ArrayList<>();
    try {
      Disk one = disk(first, format(), opened);
      Disk other = disk(second, secondFormat.value(), opened);
      try (FileSystem before = one.mount(mounts.places(one));
          FileSystem after = other.mount(mounts.places(other))) {
        return compare(terminal, before.getPath("/"), after.getPath("/"));
      }
    } catch (FileSystemException e) {
      boolean named = first.contains(e.getFile()) || second.contains(e.getFile());
      throw named ? e : PathErrors.inside(first.getFirst(), e);
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    } finally {
      for (BlockDevice image : opened) {
        image.close();
      }
    }
  }

  private Disk disk(List<String> names, @Nullable String format, List<BlockDevice> opened)
      throws IOException {
    List<BlockDevice> disks = new ArrayList<>();
    for (String name : names) {
      BlockDevice image = open(image(name, format));
      opened.add(image);
      disks.add(image);
    }
    return Disk.of(disks.toArray(BlockDevice[]::new));
  }

  private int compare(Terminal terminal, Path before, Path after) throws IOException {
    TreeComparison comparison = TreeComparison.of(before, after);
    if (all.isGiven() || times.isGiven()) {
      comparison = comparison.times();
    }
    if (all.isGiven() || owners.isGiven()) {
      comparison = comparison.owners();
    }
    if (all.isGiven() || attributes.isGiven()) {
      comparison = comparison.extendedAttributes();
    }
    List<Object> objects = new ArrayList<>();
    long found =
        comparison.run(change -> {
          List<String> sums = sums(change, before, after);
          if (json.isGiven()) {
            objects.add(members(change, sums));
          } else if (!quiet.isGiven()) {
            report(change, sums, terminal);
          }
        });
    if (json.isGiven()) {
      new Json(terminal).write(objects);
    }
    return found == 0 ? 0 : 1;
  }

  /** Returns the checksums of a file, in the order of the guests; empty if it has none there. */
  private List<String> sums(FileChange change, Path before, Path after) throws IOException {
    return List.of(
        sum(change.before(), before.resolve(change.path())),
        sum(change.after(), after.resolve(change.path())));
  }

  private String sum(Optional<FileFacts> facts, Path path) throws IOException {
    if (!checksum.isGiven() || facts.isEmpty() || facts.get().kind() != '-') {
      return "";
    }
    try (InputStream in = Files.newInputStream(path)) {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      byte[] buffer = new byte[BUFFER];
      for (int length = in.read(buffer); length >= 0; length = in.read(buffer)) {
        digest.update(buffer, 0, length);
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String sign(FileChange change) {
    return change.isAdded() ? "+" : change.isRemoved() ? "-" : "=";
  }

  private void report(FileChange change, List<String> sums, Terminal terminal) throws IOException {
    FileFacts shown = change.after().or(change::before).orElseThrow();
    String sum = sums.get(change.after().isPresent() ? 1 : 0);
    String mode = shown.permissions() < 0 ? "-" : "%04o".formatted(shown.permissions());
    if (csv.isGiven()) {
      terminal.line(
          String.join(
              ",",
              sign(change),
              Character.toString(shown.kind()),
              mode,
              Long.toString(shown.size()),
              sum,
              quoted(change.path()),
              quoted(shown.target()),
              quoted(aspects(change))));
      return;
    }
    terminal.line(
        "%s %s %s %10d %s%s%s"
            .formatted(
                sign(change),
                shown.kind(),
                mode,
                shown.size(),
                sum.isEmpty() ? "" : sum + " ",
                Terminal.printable(change.path()),
                shown.target().isEmpty() ? "" : " -> " + Terminal.printable(shown.target())));
    if (!change.aspects().isEmpty()) {
      terminal.line("# changed: " + aspects(change));
    }
  }

  private static String quoted(String text) {
    return "\"" + Terminal.printable(text).replace("\"", "\"\"") + "\"";
  }

  private static String aspects(FileChange change) {
    return String.join(" ", names(change));
  }

  private static List<String> names(FileChange change) {
    return change.aspects().stream().sorted().map(FileChange.Aspect::toString).toList();
  }

  private static Map<String, Object> members(FileChange change, List<String> sums) {
    Map<String, Object> members = new LinkedHashMap<>();
    members.put("path", change.path());
    members.put("change", change.isAdded() ? "added" : change.isRemoved() ? "removed" : "changed");
    if (!change.aspects().isEmpty()) {
      members.put("differs", names(change));
    }
    change.before().ifPresent(facts -> members.put("before", members(facts, sums.get(0))));
    change.after().ifPresent(facts -> members.put("after", members(facts, sums.get(1))));
    return members;
  }

  private static Map<String, Object> members(FileFacts facts, @Nullable String sum) {
    Map<String, Object> members = new LinkedHashMap<>();
    members.put("kind", Character.toString(facts.kind()));
    if (facts.permissions() >= 0) {
      members.put("mode", "%04o".formatted(facts.permissions()));
      members.put("uid", facts.owner());
      members.put("gid", facts.group());
    }
    members.put("size", facts.size());
    members.put("modified", facts.modified().toString());
    if (!facts.target().isEmpty()) {
      members.put("target", facts.target());
    }
    if (sum != null && !sum.isEmpty()) {
      members.put("sha256", sum);
    }
    return members;
  }
}
