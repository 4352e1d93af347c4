package io.diskformat.iso;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;

/** A tree of files in the host's file system, whose names, sizes, links and times are random. */
final class RandomTree {
  private static final String[] LETTERS = {
    "a", "b", "Z", "0", "9", " ", ".", "-", "_", ";", "+", "ä", "ß", "é", "日", "本", "語", "Ω", "😀"
  };

  private final Random random;
  private int files;

  private RandomTree(long seed) {
    this.random = new Random(seed);
  }

  /** Fills a directory. */
  static void fill(Path root, long seed) throws IOException {
    RandomTree tree = new RandomTree(seed);
    tree.directory(root, 0);
    Path deep = root;
    for (int level = 0; level < 14; level++) {
      deep = Files.createDirectory(deep.resolve("level " + level));
      tree.file(deep.resolve("in level " + level));
    }
  }

  private void directory(Path directory, int depth) throws IOException {
    Set<String> taken = new HashSet<>(Set.of(".", ".."));
    int children = 2 + random.nextInt(8);
    for (int i = 0; i < children && files < 150; i++) {
      String name = name();
      if (!taken.add(name)) {
        continue;
      }
      Path child = directory.resolve(name);
      switch (random.nextInt(8)) {
        case 0, 1, 2 -> {
          if (depth < 5) {
            directory(Files.createDirectory(child), depth + 1);
          } else {
            file(child);
          }
        }
        case 3 -> Files.createSymbolicLink(child, Path.of(target()));
        default -> file(child);
      }
    }
    attributes(directory, 0700);
  }

  private String name() {
    int length = random.nextInt(10) == 0 ? 60 : 1 + random.nextInt(12);
    StringBuilder name = new StringBuilder();
    for (int i = 0; i < length; i++) {
      name.append(LETTERS[random.nextInt(LETTERS.length)]);
    }
    String result = name.toString();
    return result.equals(".") || result.equals("..") ? "dots" : result;
  }

  private String target() {
    StringBuilder target = new StringBuilder(random.nextInt(4) == 0 ? "/" : "");
    int parts = random.nextInt(20) == 0 ? 40 : 1 + random.nextInt(4);
    // As far as xorriso lets links lead.
    for (int i = 0; i < parts && bytes(target) < 700; i++) {
      target.append(i == 0 ? "" : "/");
      target.append(
          switch (random.nextInt(6)) {
            case 0 -> "..";
            case 1 -> ".";
            case 2 -> "x".repeat(240);
            default -> name();
          });
    }
    return target.toString();
  }

  private static int bytes(CharSequence text) {
    return text.toString().getBytes(StandardCharsets.UTF_8).length;
  }

  private void file(Path file) throws IOException {
    files++;
    int[] sizes = {0, 1, 2047, 2048, 2049, 100 + random.nextInt(100_000)};
    byte[] content = new byte[sizes[random.nextInt(sizes.length)]];
    random.nextBytes(content);
    Files.write(file, content);
    attributes(file, 0400);
  }

  private void attributes(Path path, int atLeast) throws IOException {
    Set<PosixFilePermission> permissions = EnumSet.noneOf(PosixFilePermission.class);
    int mode = random.nextInt(01000) | atLeast;
    for (PosixFilePermission permission : PosixFilePermission.values()) {
      if ((mode & 0400 >> permission.ordinal()) != 0) {
        permissions.add(permission);
      }
    }
    Files.setPosixFilePermissions(path, permissions);
    Files.setLastModifiedTime(
        path, FileTime.fromMillis(1000L * (315_532_800L + random.nextInt(1_800_000_000))));
  }
}
