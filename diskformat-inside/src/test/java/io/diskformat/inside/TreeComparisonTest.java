package io.diskformat.inside;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.filesystem.FileChange;
import io.diskformat.filesystem.TreeComparison;
import io.diskformat.testing.Oracle;
import io.diskformat.testing.Seeds;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Trees of files that differ at random, in ext4, as {@code diff} and their changer know it. */
class TreeComparisonTest {
  @TempDir Path directory;

  private final Random random = new Random(Seeds.of(getClass(), 1));
  private final Set<String> expected = new TreeSet<>();

  private Path tree(String name) throws IOException {
    Path root = Files.createDirectory(directory.resolve(name));
    RandomFiles.fill(root, Seeds.of(getClass(), 1));
    return root;
  }

  private Path image(Path files) {
    Path image = directory.resolve(files.getFileName() + ".raw");
    Oracle.of("mke2fs").run("-q", "-t", "ext4", "-d", files, image, "64M").orFail();
    return image;
  }

  private static List<String> compare(Path first, Path second, boolean times) throws IOException {
    List<String> found = new ArrayList<>();
    try (DiskImage one = DiskImages.open(first, OpenOptions.readOnly().format("raw"));
        DiskImage other = DiskImages.open(second, OpenOptions.readOnly().format("raw"));
        FileSystem before = Disk.of(one).mount("/dev/sda");
        FileSystem after = Disk.of(other).mount("/dev/sda")) {
      TreeComparison comparison = TreeComparison.of(before.getPath("/"), after.getPath("/"));
      comparison = times ? comparison.times() : comparison;
      long count = comparison.run(change -> found.add(text(change)));
      assertEquals(found.size(), count);
    }
    return found;
  }

  private static String text(FileChange change) {
    return change.isAdded()
        ? "+ " + change.path()
        : change.isRemoved()
            ? "- " + change.path()
            : "= " + change.path() + " " + change.aspects().stream().sorted().toList();
  }

  @Test
  void findsWhatWasChanged() throws IOException {
    Path before = tree("before");
    Path after = tree("after");
    Path same = image(before);
    assertEquals(List.of(), compare(same, image(after), false));
    List<Path> files;
    try (Stream<Path> all = Files.walk(after)) {
      files = all.filter(path -> Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)).toList();
    }
    List<Path> some = new ArrayList<>(files);
    some.sort(Comparator.comparing(Path::toString));
    some.removeIf(path -> path.toString().contains("level 0") || path.endsWith("hard link"));
    for (int i = 0; i < 40; i++) {
      change(after, some.remove(random.nextInt(some.size())), i % 5);
    }
    Files.delete(directory.resolve("after.raw"));
    List<String> found = compare(same, image(after), false);
    assertEquals(expected, new TreeSet<>(found));
    // In order, and as diff finds those that it looks at.
    Set<String> theirs = new TreeSet<>();
    Oracle.of("diff")
        .run("-rq", "--no-dereference", before, after)
        .output()
        .lines()
        .forEach(line -> theirs.add(line.substring(0, 4)));
    assertEquals(Set.of("Only", "File"), theirs);
    long differing =
        Oracle.of("diff").run("-rq", "--no-dereference", before, after).output().lines().count();
    assertEquals(found.stream().filter(line -> !line.endsWith("[permissions]")).count(), differing);
  }

  private void change(Path root, Path file, int how) throws IOException {
    String path = "/" + root.relativize(file);
    switch (how) {
      case 0 -> {
        Files.delete(file);
        expected.add("- " + path);
      }
      case 1 -> {
        Files.writeString(file.resolveSibling(file.getFileName() + ".new"), "new");
        expected.add("+ " + path + ".new");
      }
      case 2 -> {
        Set<PosixFilePermission> permissions = EnumSet.copyOf(Files.getPosixFilePermissions(file));
        if (!permissions.remove(PosixFilePermission.OTHERS_EXECUTE)) {
          permissions.add(PosixFilePermission.OTHERS_EXECUTE);
        }
        Files.setPosixFilePermissions(file, permissions);
        expected.add("= " + path + " [permissions]");
      }
      case 3 -> {
        byte[] content = Files.readAllBytes(file);
        FileTime time = Files.getLastModifiedTime(file);
        byte[] changed = content.length == 0 ? new byte[1] : content.clone();
        changed[changed.length - 1] ^= 1;
        Files.write(file, changed);
        Files.setLastModifiedTime(file, time);
        expected.add("= " + path + " [content]");
      }
      default -> {
        Files.delete(file);
        Files.createSymbolicLink(file, Path.of("elsewhere"));
        expected.add("= " + path + " [kind]");
      }
    }
  }

  @Test
  void comparesTimesAndOwnersWhereAsked() throws IOException {
    Path before = tree("before");
    Path first = image(before);
    Path file = before.resolve("level 0/in level 0");
    Files.setLastModifiedTime(file, FileTime.fromMillis(0));
    Path second = directory.resolve("second");
    Files.move(first, second);
    Path later = image(before);
    assertEquals(List.of(), compare(second, later, false));
    List<String> found = compare(second, later, true);
    // These are made by mke2fs, at another time.
    found.removeIf(line -> line.matches("= /(lost\\+found)? \\[time\\]"));
    // It has two names.
    assertEquals(List.of("= /hard link [time]", "= /level 0/in level 0 [time]"), found);
    Oracle.of("debugfs")
        .run("-w", "-R", "set_inode_field \"/level 0/in level 0\" uid 7", later)
        .orFail();
    try (DiskImage one = DiskImages.open(second, OpenOptions.readOnly().format("raw"));
        DiskImage other = DiskImages.open(later, OpenOptions.readOnly().format("raw"));
        FileSystem left = Disk.of(one).mount("/dev/sda");
        FileSystem right = Disk.of(other).mount("/dev/sda")) {
      List<String> owners = new ArrayList<>();
      long count =
          TreeComparison.of(left.getPath("/"), right.getPath("/"))
              .owners()
              .extendedAttributes()
              .run(change -> owners.add(text(change)));
      assertTrue(count == 2 && owners.getLast().endsWith("[owner]"), owners::toString);
    }
  }
}
