package io.diskformat.qcow2;

import io.diskformat.testing.QemuIo;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Makes bytes to write to disks: no two blocks alike, but some easily compressed, some not. */
final class SourceFiles {
  private static final int BLOCK = 4096;

  private final Random random;

  SourceFiles(Random random) {
    this.random = random;
  }

  /** Writes a file that is all data. */
  Path data(Path file, long length) throws IOException {
    return write(file, length, false);
  }

  /** Writes a file of data and holes. */
  Path sparse(Path file, long length) throws IOException {
    return write(file, length, true);
  }

  /**
   * Adds requests that write a part of a file compressed, a cluster each: of a request for several,
   * the tool stores first what is compressed first. Returns the files that it needs to be there.
   *
   * @param offset on the disk, the start of a cluster
   */
  static List<Path> compressOneByOne(
      QemuIo script, Path source, long offset, long length, long clusterSize) throws IOException {
    List<Path> parts = new ArrayList<>();
    try (FileChannel channel = FileChannel.open(source)) {
      for (long at = 0; at < length; at += clusterSize) {
        ByteBuffer part = ByteBuffer.allocate((int) Math.min(clusterSize, length - at));
        channel.read(part, at);
        Path file = source.resolveSibling(source.getFileName() + ".part" + parts.size());
        parts.add(Files.write(file, part.array()));
        script.writeCompressed(file, offset + at, part.capacity());
      }
    }
    return parts;
  }

  private Path write(Path file, long length, boolean holes) throws IOException {
    try (FileChannel channel =
        FileChannel.open(
            file,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      int kind = 0;
      for (long at = 0; at < length; at += BLOCK) {
        kind = random.nextInt(8) == 0 || at == 0 ? random.nextInt(4) : kind;
        int n = (int) Math.min(BLOCK, length - at);
        if (kind != 0 || !holes || at + n == length) {
          channel.write(ByteBuffer.wrap(block(kind, n)), at);
        }
      }
    }
    return file;
  }

  private byte[] block(int kind, int length) {
    byte[] block = new byte[length];
    if (kind == 1) {
      random.nextBytes(block);
    } else {
      byte[] word = new byte[1 + random.nextInt(kind == 2 ? 200 : 3)];
      random.nextBytes(word);
      for (int i = 0; i < length; i++) {
        block[i] = word[i % word.length];
      }
    }
    return block;
  }
}
