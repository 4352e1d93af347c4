package io.diskformat.inside.fat;

import io.diskformat.testing.Oracle;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;

/** A random tree of files with names and times that FAT can have, and how it gets there. */
final class FatFiles {
  private static final String[] LETTERS = {
    "a", "b", "Z", "0", "9", " ", ".", "-", "_", ";", "+", ",", "=", "ä", "ß", "é", "日", "本", "Ω"
  };
  private static final String[] NAMES = {
    "readme.txt", "README.TXT", "Readme.txt", "lower", "UPPER", "lower.EXT", "UPPER.ext", "a.b.c"
  };
  private static final int MOST_FILES = 60;
  private static final int CROWD = 150;
  private static final int PIECES = 40;

  private final Random random;
  private int files;

  private FatFiles(long seed) {
    this.random = new Random(seed);
  }

  /** Fills a directory with some hundred kB at most. */
  static void fill(Path root, long seed) throws IOException {
    FatFiles tree = new FatFiles(seed);
    tree.directory(root, 0);
    Path crowd = Files.createDirectory(root.resolve("crowd"));
    for (int i = 0; i < CROWD; i++) {
      tree.file(crowd.resolve("one of many files with a name that is long " + i), 0);
    }
    // As many entries as mtools add to a directory at once, where clusters are of 512 bytes.
    tree.file(root.resolve("x".repeat(180) + ".y"), 0);
    tree.file(root.resolve("thirteen char"), 0);
  }

  private void directory(Path directory, int depth) throws IOException {
    Set<String> taken = new HashSet<>(Set.of("crowd", "thirteen char"));
    int children = 3 + random.nextInt(8);
    for (int i = 0; i < children && files < MOST_FILES; i++) {
      String name = random.nextInt(4) == 0 ? NAMES[random.nextInt(NAMES.length)] : name();
      if (!taken.add(name.toLowerCase(Locale.ROOT))) {
        continue;
      }
      Path child = directory.resolve(name);
      if (random.nextInt(3) == 0 && depth < 6) {
        directory(Files.createDirectory(child), depth + 1);
      } else {
        file(child);
      }
    }
  }

  private String name() {
    int length = random.nextInt(10) == 0 ? 60 : 1 + random.nextInt(16);
    StringBuilder name = new StringBuilder();
    for (int i = 0; i < length; i++) {
      name.append(LETTERS[random.nextInt(LETTERS.length)]);
    }
    // FAT has no blanks and dots at either end.
    return "n" + name + "e";
  }

  private void file(Path file) throws IOException {
    files++;
    int[] sizes = {0, 1, 511, 512, 513, 4095, 4096, 4097, 20_000 + random.nextInt(20_000)};
    file(file, sizes[random.nextInt(sizes.length)]);
  }

  private void file(Path file, int size) throws IOException {
    byte[] content = new byte[size];
    random.nextBytes(content);
    Files.write(file, content);
    // From 1980 to 2037, at even seconds.
    long seconds = 320_000_000 + 2L * random.nextInt(900_000_000);
    Files.setLastModifiedTime(file, FileTime.fromMillis(1000 * seconds));
  }

  /** Copies the tree to a volume on which every other cluster was used before. */
  static void copy(Path root, Path image) throws IOException {
    Path pieces = Files.createDirectory(root.resolveSibling("pieces"));
    List<Object> odd = new ArrayList<>(List.of("mdel", "-i", image));
    for (int i = 0; i < PIECES; i++) {
      Files.write(pieces.resolve("p" + i), new byte[1 + i % 3 * 600]);
      if (i % 2 == 1) {
        odd.add("::pieces/p" + i);
      }
    }
    run("mcopy", "-s", "-i", image, pieces, "::");
    run(odd.toArray());
    List<Object> all = new ArrayList<>(List.of("mcopy", "-s", "-m", "-Q", "-i", image));
    try (Stream<Path> children = Files.list(root)) {
      children.sorted().forEach(all::add);
    }
    all.add("::");
    run(all.toArray());
    run("mdeltree", "-i", image, "::pieces");
  }

  /** Runs one of mtools, with names in UTF-8 and times of UTC. */
  static String run(Object... command) {
    var _ = Oracle.of(command[0].toString());
    List<Object> arguments = new ArrayList<>(List.of("LC_ALL=C.UTF-8", "TZ=UTC"));
    arguments.addAll(List.of(command));
    return Oracle.of("env").run(arguments.toArray()).orFail().output();
  }
}
