package io.diskformat.testing;

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

/**
 * A tree of files in the host's file system, whose names, links, permissions and times are random.
 * A subclass chooses what its files hold, and where its links lead.
 */
public abstract class RandomFileTree {
  private static final String[] LETTERS = {
    "a", "b", "Z", "0", "9", " ", ".", "-", "_", ";", "+", "ä", "ß", "é", "日", "本", "語", "Ω", "😀"
  };

  /** Decides everything; a subclass uses it, too. */
  protected final Random random;

  private final int mostFiles;
  private int files;

  /**
   * Creates a tree.
   *
   * @param seed makes the same tree again
   * @param mostFiles about the largest number of files, apart from those of {@link #fill}
   */
  protected RandomFileTree(long seed, int mostFiles) {
    this.random = new Random(seed);
    this.mostFiles = mostFiles;
  }

  /**
   * Fills a directory: with a random tree, and with directories in each other, each of which has a
   * file.
   *
   * @param levels the number of those directories
   * @throws IOException if a file cannot be written
   */
  protected final void fill(Path root, int levels) throws IOException {
    directory(root, 0);
    Path deep = root;
    for (int level = 0; level < levels; level++) {
      deep = Files.createDirectory(deep.resolve("level " + level));
      file(deep.resolve("in level " + level));
    }
  }

  /** Returns where a symbolic link leads. */
  protected abstract String target();

  /**
   * Writes a file.
   *
   * @param file a path at which there is nothing
   * @throws IOException if it cannot be written
   */
  protected abstract void write(Path file) throws IOException;

  private void directory(Path directory, int depth) throws IOException {
    Set<String> taken = new HashSet<>(Set.of(".", ".."));
    int children = 2 + random.nextInt(8);
    for (int i = 0; i < children && files < mostFiles; i++) {
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
    setAttributes(directory, 0700);
  }

  /** Returns a random name of a file. */
  protected final String name() {
    int length = random.nextInt(10) == 0 ? 60 : 1 + random.nextInt(12);
    StringBuilder name = new StringBuilder();
    for (int i = 0; i < length; i++) {
      name.append(LETTERS[random.nextInt(LETTERS.length)]);
    }
    String result = name.toString();
    return result.equals(".") || result.equals("..") ? "dots" : result;
  }

  /** Returns the length of a text in UTF-8, in bytes. */
  protected static int bytes(CharSequence text) {
    return text.toString().getBytes(StandardCharsets.UTF_8).length;
  }

  private void file(Path file) throws IOException {
    files++;
    write(file);
    setAttributes(file, 0400);
  }

  private void setAttributes(Path path, int atLeast) throws IOException {
    Set<PosixFilePermission> permissions = EnumSet.noneOf(PosixFilePermission.class);
    int mode = random.nextInt(01000) | atLeast;
    int bit = 0400;
    for (PosixFilePermission permission : PosixFilePermission.values()) {
      if ((mode & bit) != 0) {
        permissions.add(permission);
      }
      bit >>= 1;
    }
    Files.setPosixFilePermissions(path, permissions);
    Files.setLastModifiedTime(
        path, FileTime.fromMillis(1000L * (315_532_800L + random.nextInt(1_800_000_000))));
  }
}
