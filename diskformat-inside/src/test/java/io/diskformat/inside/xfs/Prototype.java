package io.diskformat.inside.xfs;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.zip.CRC32C;

/** A random tree as {@code mkfs.xfs -p} is given it, and what is to be found then. */
final class Prototype {
  private static final int[] SIZES = {0, 1, 100, 511, 4096, 4097, 70_000, 1 << 19};

  private final Path contents;
  private final Random random;
  private final StringBuilder text = new StringBuilder("none\n0 0\nd--755 0 0\n");

  /** What each file is, by its path. */
  final Map<String, String> expected = new TreeMap<>();

  private int files;

  private final int longestLink;

  /**
   * Makes a tree.
   *
   * @param directory for the contents of its files
   * @param longLinks whether links may be in blocks, which mkfs.xfs makes wrongly in version 5
   * @param many how many files one directory has
   */
  Prototype(Path directory, long seed, boolean longLinks, int many) throws IOException {
    this.longestLink = longLinks ? 1000 : 300;
    this.contents = Files.createDirectories(directory.resolve("contents"));
    this.random = new Random(seed);
    directory("", 0);
    crowd("few", 3);
    crowd("some", 40);
    crowd("many", many);
    text.append("$\n");
  }

  /** Writes the prototype file. */
  Path write(Path file) throws IOException {
    return Files.writeString(file, text);
  }

  private void crowd(String name, int count) throws IOException {
    begin(name, name + " d--755 1 2", "directory 40755 1 2");
    for (int i = 0; i < count; i++) {
      String child = "one-of-the-many-files-" + i;
      begin(name + "/" + child, child + " p--600 3 4", "other 10600 3 4");
    }
    text.append("$\n");
  }

  private void begin(String path, String line, String is) {
    text.append(line).append('\n');
    expected.put(path, is);
  }

  private void directory(String path, int depth) throws IOException {
    int count = depth == 0 ? 12 : random.nextInt(9);
    for (int i = 0; i < count; i++) {
      String name = i + name();
      String child = path.isEmpty() ? name : path + "/" + name;
      int mode = random.nextInt(01000);
      long owner = random.nextInt(3) == 0 ? 4_000_000_000L : random.nextInt(70_000);
      String rest = "%03o %d %d".formatted(mode, owner, owner / 2);
      String is = "%03o %d %d".formatted(mode, owner, owner / 2);
      switch (random.nextInt(7)) {
        case 0, 1 -> {
          if (depth < 5) {
            begin(child, name + " d--" + rest, "directory 40" + is);
            directory(child, depth + 1);
            text.append("$\n");
          }
        }
        case 2 -> {
          String target = "t".repeat(1 + random.nextInt(random.nextBoolean() ? 60 : longestLink));
          begin(child, name + " l--" + rest + " " + target, "-> " + target);
        }
        case 3 -> begin(child, name + " c--" + rest + " 259 70000", "other 20" + is + " 70000 259");
        default -> {
          byte[] content = new byte[SIZES[random.nextInt(SIZES.length)] + random.nextInt(3)];
          random.nextBytes(content);
          Path file = Files.write(contents.resolve("f" + files++), content);
          begin(child, name + " -u-" + rest + " " + file, "104" + is + " " + sum(content));
        }
      }
    }
  }

  /** Returns a short text that stands for some bytes. */
  static String sum(byte[] content) {
    CRC32C sum = new CRC32C();
    sum.update(content);
    return content.length + " " + Long.toHexString(sum.getValue());
  }

  private String name() {
    String letters = "abcXYZ019.-_;+äß日Ω";
    StringBuilder name = new StringBuilder();
    int most = random.nextInt(8) == 0 ? 80 : 12;
    for (int i = 1 + random.nextInt(most); i > 0; i--) {
      name.append(letters.charAt(random.nextInt(letters.length())));
    }
    assert name.toString().getBytes(StandardCharsets.UTF_8).length < 250;
    return name.toString();
  }
}
