package io.diskformat.inside;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;

/**
 * A tree of files in the host's file system: names, sizes, holes, links, modes and times are
 * random.
 */
public final class RandomFiles {
  private static final String[] LETTERS = {
    "a", "b", "Z", "0", "9", " ", ".", "-", "_", ";", "+", "ä", "ß", "é", "日", "本", "語", "Ω", "😀"
  };
  private static final int MOST_FILES = 120;
  private static final int CROWD = 300;

  private final Random random;
  private int files;

  private RandomFiles(long seed) {
    this.random = new Random(seed);
  }

  /** Fills a directory. */
  public static void fill(Path root, long seed) throws IOException {
    RandomFiles tree = new RandomFiles(seed);
    tree.directory(root, 0);
    Path deep = root;
    for (int level = 0; level < 20; level++) {
      deep = Files.createDirectory(deep.resolve("level " + level));
      tree.file(deep.resolve("in level " + level));
    }
    Path crowd = Files.createDirectory(root.resolve("crowd"));
    for (int i = 0; i < CROWD; i++) {
      Files.createFile(crowd.resolve("one of many files with a name that is long " + i));
    }
    Files.createLink(root.resolve("hard link"), root.resolve("level 0/in level 0"));
  }

  private void directory(Path directory, int depth) throws IOException {
    Set<String> taken = new HashSet<>(Set.of(".", ".."));
    int children = 2 + random.nextInt(8);
    for (int i = 0; i < children && files < MOST_FILES; i++) {
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
    StringBuilder target = new StringBuilder();
    int parts = random.nextInt(6) == 0 ? 40 : 1 + random.nextInt(4);
    for (int i = 0; i < parts && bytes(target) < 900; i++) {
      target.append(i == 0 ? "" : "/");
      target.append(
          switch (random.nextInt(6)) {
            case 0 -> "..";
            case 1 -> ".";
            case 2 -> "x".repeat(30 + random.nextInt(60));
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
    int[] sizes = {0, 1, 59, 60, 61, 100, 150, 1024, 4096, 4097, 100 + random.nextInt(200_000)};
    byte[] content = new byte[sizes[random.nextInt(sizes.length)]];
    random.nextBytes(content);
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      long at = 0;
      int pieces = random.nextInt(4) == 0 ? 1 + random.nextInt(8) : 1;
      for (int i = 0; i < pieces; i++) {
        at += pieces == 1 ? 0 : random.nextInt(300) * 4096L;
        at += channel.write(ByteBuffer.wrap(content), at);
      }
    }
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
