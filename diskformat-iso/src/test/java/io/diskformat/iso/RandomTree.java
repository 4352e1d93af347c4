package io.diskformat.iso;

import io.diskformat.testing.RandomFileTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A random tree of files whose sizes are about those of blocks of a disc. */
final class RandomTree extends RandomFileTree {
  private RandomTree(long seed) {
    super(seed, 150);
  }

  /** Fills a directory. */
  static void fill(Path root, long seed) throws IOException {
    new RandomTree(seed).fill(root, 14);
  }

  @Override
  protected String target() {
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

  @Override
  protected void write(Path file) throws IOException {
    int[] sizes = {0, 1, 2047, 2048, 2049, 100 + random.nextInt(100_000)};
    byte[] content = new byte[sizes[random.nextInt(sizes.length)]];
    random.nextBytes(content);
    Files.write(file, content);
  }
}
