package io.diskformat.inside;

import io.diskformat.testing.RandomFileTree;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A random tree of files, some with holes, with a hard link and a large directory. */
public final class RandomFiles extends RandomFileTree {
  private static final int MOST_FILES = 120;
  private static final int CROWD = 300;

  private RandomFiles(long seed) {
    super(seed, MOST_FILES);
  }

  /** Fills a directory. */
  public static void fill(Path root, long seed) throws IOException {
    new RandomFiles(seed).fill(root, 20);
    Path crowd = Files.createDirectory(root.resolve("crowd"));
    for (int i = 0; i < CROWD; i++) {
      Files.createFile(crowd.resolve("one of many files with a name that is long " + i));
    }
    Files.createLink(root.resolve("hard link"), root.resolve("level 0/in level 0"));
  }

  @Override
  protected String target() {
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

  @Override
  protected void write(Path file) throws IOException {
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
  }
}
